import { commands } from "../../device/controlMessage.ts";
import { jsonSchema } from "../jsonSchema.ts";
import type { Message, SendUse } from "./channel.ts";
import { describe } from "./describe.ts";

/** An example of text in PEM. */
export const pemExample = (what: string): string =>
  `-----BEGIN ${what}-----\nMIHt…\n-----END ${what}-----\n`;

type Name = keyof typeof commands;

interface Documentation {
  readonly schema: (typeof commands)[Name];
  readonly summary: string;
  /** Descriptions of fields. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The fields besides `command`. */
  readonly example?: object;
}

const requested = { request: "The SHA-256 of the text of the request, in hex." };
const request = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

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
