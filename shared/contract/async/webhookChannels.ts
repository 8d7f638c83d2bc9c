import { hopsHeader } from "../../integration/kind/hops.ts";
import { webhookFields } from "../../integration/kind/webhook.ts";
import { jsonSchema } from "../jsonSchema.ts";
import type { Channels, Message } from "./channel.ts";
import { describe } from "./describe.ts";

const headers = {
  type: "object",
  description:
    "Signed by Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks. The integration may add headers.",
  properties: {
    "webhook-id": {
      type: "string",
      pattern: "^msg_[0-9a-f]{32}$",
      description: "The id of the delivery, the same for every attempt.",
    },
    "webhook-timestamp": {
      type: "string",
      pattern: "^[0-9]{10}$",
      description: "The time of the attempt, in seconds since 1970.",
    },
    "webhook-signature": {
      type: "string",
      pattern: "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$",
      description:
        "`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in base64; after a rotation also by the previous secret. Absent only for integrations from a version without signatures.",
    },
    [hopsHeader]: {
      type: "string",
      pattern: "^[0-9]{1,2}$",
      description:
        "The number of integrations that the event has passed through. Return it when you publish because of this request, so that loops end.",
    },
    "user-agent": { type: "string", description: "`Godwit/1`, unless the integration sets it." },
    "content-type": { type: "string" },
  },
  required: ["webhook-id", hopsHeader],
};

const exampleHeaders = {
  "webhook-id": "msg_0f8c3a5d2b7e4c19a6d0e1f2a3b4c5d6",
  "webhook-timestamp": "1795176000",
  "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  [hopsHeader]: "1",
  "user-agent": "Godwit/1",
};

const correlationId = {
  location: "$message.header#/webhook-id",
  description: "Store it to detect repeats: a delivery is made at least once.",
};

const example = {
  event: "temperature",
  data: "21.5",
  published_at: "2026-01-01T00:00:00.000Z",
  coreid: "0123456789abcdef01234567",
};

const { required: _, ...fields } = describe(jsonSchema(webhookFields, "reply"), {
  event: "The name of the event.",
  data: "The data as text. Bytes that are not UTF-8 are a data URL.",
  published_at: "The time of the event.",
  coreid: "The id of the device, or `api`.",
});

const message = (contentType: string, rest: Pick<Message, "summary" | "payload" | "examples">) => ({
  headers,
  correlationId,
  contentType,
  ...rest,
});

/** The requests to the targets of webhooks. */
export const webhookChannels: Channels = {
  webhook: {
    server: "target",
    address: null,
    summary:
      "The URL of a webhook. A request with GET, or with DELETE and no body, has the fields in its query. Other kinds of integrations have the formats of their services.",
    messages: {
      webhookForm: message("application/x-www-form-urlencoded", {
        summary:
          "The default: a form with the default fields, unless `noDefaults`, and those of `form`.",
        payload: { ...fields, additionalProperties: { type: "string" } },
        examples: [{ headers: exampleHeaders, payload: example }],
      }),
      webhookJson: message("application/json", {
        summary:
          "With `json` as an object: the default fields, unless `noDefaults`, and those of the template. With `json` as a text: its result.",
        payload: { anyOf: [fields, {}] },
        examples: [{ headers: exampleHeaders, payload: { ...example, celsius: 21.5 } }],
      }),
      webhookBody: message("text/plain", {
        summary:
          "With `body`: the result of the template, with the content type of the integration.",
        payload: { type: "string" },
        examples: [{ headers: exampleHeaders, payload: "temperature 21.5" }],
      }),
    },
    send: {
      sendWebhook: {
        summary:
          "The cloud sends an event to the target. An answer of 2xx ends the delivery; others are repeated with growing waits.",
        bindings: { http: { method: "POST", bindingVersion: "0.3.0" } },
      },
    },
  },
};
