import { commands } from "../../device/controlMessage.ts";
import { updateCommands } from "../../release/protocol/updateCommands.ts";
import { jsonSchema } from "../jsonSchema.ts";
import type { Message, SendUse } from "./channel.ts";
import { describe } from "./describe.ts";

/** An example of text in PEM. */
export const pemExample = (what: string): string =>
  `-----BEGIN ${what}-----\nMIHt…\n-----END ${what}-----\n`;

const all = { ...commands, ...updateCommands };

type Name = keyof typeof all;

interface Documentation {
  readonly schema: (typeof all)[Name];
  readonly summary: string;
  /** Descriptions of fields. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The fields besides `command`. */
  readonly example?: object;
}

const requested = { request: "The SHA-256 of the text of the request, in hex." };
const request = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const releaseExample = "0lq3x8k2f0a1b2c3d4e5";

const updateExample = {
  release: releaseExample,
  product: 1,
  version: 4,
  manifest: {
    payloadType: "application/vnd.godwit.firmware+json",
    payload: "e30=",
    signatures: [{ keyid: request, sig: "c2lnbmF0dXJl" }],
  },
  keys: [],
  size: 262_144,
  sha256: request,
  url: "https://s3.us-east-1.amazonaws.com/bucket/images/9f86?X-Amz-Signature=0f8c",
  url_expires_at: 1_795_176_900_000,
  delay: 0,
  forced: false,
};

const documentation: Readonly<Record<Name, Documentation>> = {
  hello: { schema: commands.hello, summary: "Send hello." },
  ping: { schema: commands.ping, summary: "Nothing to do: the PUBACK is the answer." },
  reconnect: {
    schema: commands.reconnect,
    summary: "Reconnect after a random time.",
    fields: { delay: "The longest time, in milliseconds." },
    example: { delay: 60_000 },
  },
  signal: {
    schema: commands.signal,
    summary: "Identify the device, for example by blinking, until `on` is false.",
    example: { on: true },
  },
  fleet: {
    schema: commands.fleet,
    summary: "The device was moved to this fleet. Store it, and reconnect.",
    example: { fleet: "f0123456789abcdef" },
  },
  endpoints: {
    schema: commands.endpoints,
    summary: "The addresses of all regions. Append the unknown ones to those of the device.",
    example: { endpoints: ["mqtts://127.0.0.1:8883"] },
  },
  rotate: { schema: commands.rotate, summary: "Renew the certificate." },
  vitals: { schema: commands.vitals, summary: "Publish the vitals of the device." },
  certificate: {
    schema: commands.certificate,
    summary: "The new certificate.",
    fields: {
      ...requested,
      certificate: "PEM.",
      issued_at: "Milliseconds since 1970.",
      expires_at: "Milliseconds since 1970; absent if the certificate does not expire.",
    },
    example: {
      request,
      certificate: pemExample("CERTIFICATE"),
      issued_at: 1_795_176_000_000,
      expires_at: 1_802_952_000_000,
    },
  },
  certificateRefused: {
    schema: commands.certificateRefused,
    summary: "The request for a certificate was refused.",
    fields: {
      ...requested,
      error: "A code.",
      retry_after: "Seconds after which a repeat may succeed.",
    },
    example: { request, error: "too_many_requests", message: "Too many.", retry_after: 3_600 },
  },
  update: {
    schema: updateCommands.update,
    summary: "Download and install an image. A repeat for the same release has a fresh URL.",
    fields: {
      release: "Identifies the update in reports and requests.",
      version: "The firmware version.",
      manifest:
        "The signed statement about the image, an envelope of DSSE. Absent for an image that is not signed: refuse it.",
      keys: "Envelopes of the key documents after that of the device, oldest first.",
      size: "Bytes of the image.",
      sha256: "Of the image, in lower-case hex.",
      url: "Where to download the image. The server supports ranges.",
      url_expires_at: "Milliseconds since 1970.",
      delay: "Wait for a random time up to this before the download, in milliseconds.",
      forced: "The device can neither veto nor defer the update.",
    },
    example: updateExample,
  },
  rollback: {
    schema: updateCommands.rollback,
    summary: "Boot the image of the other slot.",
    example: { release: releaseExample },
  },
  cancelUpdate: {
    schema: updateCommands.cancelUpdate,
    summary: "Stop the update, unless the new image runs already.",
    example: { release: releaseExample },
  },
};

const message = ({ schema, summary, fields = {}, example = {} }: Documentation, use: SendUse) => {
  const [command] = schema.def.shape.command.def.values;
  return {
    summary,
    payload: describe(jsonSchema(schema, use), fields),
    examples: [{ payload: { command, ...example } }],
  };
};

/** The commands on `control/{device}`, by the names of their messages. */
export const commandMessages = (use: SendUse): Readonly<Record<string, Message>> =>
  Object.fromEntries(
    Object.entries(documentation).map(([name, each]) => [`${name}Command`, message(each, use)]),
  );
