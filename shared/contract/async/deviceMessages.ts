import * as z from "zod/mini";
import { callMessages, reply } from "../../call/call.ts";
import { renewalRequest } from "../../device/registry/handleRenewalRequest.ts";
import { ackMessage } from "../../event/ackMessage.ts";
import { eventDataBytesMax } from "../../platform/quotas.ts";
import { endpointList } from "../../presence/messages/announceEndpoints.ts";
import { claiming } from "../../presence/messages/handleIdentityMessage.ts";
import { hello } from "../../presence/session.ts";
import { vitalsBytesMax } from "../../presence/vitals/limits.ts";
import { vitalsPayload } from "../../presence/vitals/vitals.ts";
import { jsonSchema } from "../jsonSchema.ts";
import type { Message, SendUse } from "./channel.ts";
import { pemExample } from "./commandMessages.ts";
import { describe } from "./describe.ts";
import { received } from "./received.ts";

const call = "0f8c3a5d2b7e4c19a6d0e1f2a3b4c5d6";

/** The topic rule forwards only replies with such an id. */
const callId = z.string().check(z.regex(/^[0-9a-f]{32}$/));

const [unknownName, otherError, value] = reply.def.options;

const callIdText = "The id of the call.";
const correlationId = { location: "$message.payload#/id", description: callIdText };

const completeHello = z.object({
  ...hello.def.shape,
  claim: z.optional(claiming.def.shape.claim),
  endpoints: z.optional(endpointList.def.shape.endpoints),
});

const helloMessage: Message = {
  summary: "Firmware, functions, variables and fleet of a device.",
  payload: describe(received(completeHello), {
    firmware: "The version of the firmware or application.",
    functions: "The names of the callable functions, each at most 64 bytes.",
    variables: "The readable variables with their types.",
    wake: "The device sleeps and reconnects within this number of seconds.",
    fleet: "The fleet as the device knows it.",
    claim: "A claim code: its owner may claim a device without an owner.",
    endpoints: "The addresses that the device knows. Omit it if it cannot store addresses.",
    image: "The SHA-256 of the image that runs, in lower-case hex.",
    slots: "The slots for images. With 2 or more, it can boot the image of the other slot.",
    other: "The SHA-256 of the image in the other slot, in lower-case hex.",
    keys: "The number of the key document that the device holds.",
    updates: "Whether the device takes updates now. Default: true.",
    reset: "The reason of the last reset.",
    utc_offset: "Local time minus UTC, in minutes.",
    platform: "The hardware for which its images are built.",
  }),
  examples: [
    {
      payload: {
        firmware: "1.2.3",
        functions: ["led"],
        variables: { temperature: "double" },
        fleet: "f0123456789abcdef",
      },
    },
    {
      payload: {
        firmware: "4",
        image: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        slots: 2,
        keys: 1,
        platform: "lamp-2",
        reset: "update",
        utc_offset: 60,
      },
    },
  ],
};

/** The messages of devices and to devices, by name. */
export const deviceMessages = (use: SendUse) =>
  ({
    event: {
      summary: "The data of an event: any bytes. Text is UTF-8.",
      contentType: "application/octet-stream",
      payload: { type: "string", maxLength: eventDataBytesMax },
      examples: [{ payload: "21.5" }],
    },
    vitals: {
      summary: `The vitals of a device, at most ${vitalsBytesMax} bytes of JSON. The cloud stores them for 30 days.`,
      payload: describe(received(vitalsPayload), {
        device:
          'What the device measures: `network`, `cloud`, `power`, `system` in Particle\'s format. A value may be `{"err": code}`.',
        service: "What belongs to its connection.",
      }),
      examples: [
        {
          payload: {
            device: {
              network: { signal: { strength: 72, quality: 60 } },
              power: { battery: { charge: { err: -210 } } },
              system: { uptime: 86_400, memory: { used: 81_920, total: 262_144 } },
            },
          },
        },
      ],
    },
    ack: {
      summary: "The ids of stored events.",
      payload: describe(jsonSchema(ackMessage, use), {
        ids: "The ids that the device gave its events.",
      }),
      examples: [{ payload: { ids: ["boot7-000123", "boot7-000124"] } }],
    },
    hello: helloMessage,
    functionCall: {
      summary: "Run a function, at most once for each id.",
      correlationId,
      payload: describe(jsonSchema(callMessages.function, use), {
        id: "Unique. A repeat of the message has the same id.",
      }),
      examples: [{ payload: { id: call, function: "led", argument: "on" } }],
    },
    variableRead: {
      summary: "Read a variable.",
      correlationId,
      payload: describe(jsonSchema(callMessages.variable, use), {
        id: "Unique. A repeat of the message has the same id.",
      }),
      examples: [{ payload: { id: call, variable: "temperature" } }],
    },
    return: {
      summary: "The result of a function (an int32), or the value of a variable.",
      correlationId,
      payload: describe(received(z.object({ id: callId, ...value.def.shape })), { id: callIdText }),
      examples: [{ payload: { id: call, value: 1 } }],
    },
    callError: {
      summary: "The device has no such function or variable, or it failed with any other text.",
      correlationId,
      payload: describe(received(z.object({ id: callId, ...otherError.def.shape })), {
        id: callIdText,
        error: `${unknownName.def.shape.error.options.map((text) => `\`${text}\``).join(", ")}, or any other text.`,
      }),
      examples: [{ payload: { id: call, error: "unknown function" } }],
    },
    certificateRequest: {
      summary: "A signing request (PKCS #10) for a key of the device.",
      payload: describe(received(renewalRequest), { csr: "PEM." }),
      examples: [{ payload: { csr: pemExample("CERTIFICATE REQUEST") } }],
    },
  }) as const satisfies Record<string, Message>;
