import * as z from "zod/mini";
import { wholeNumber } from "../input/wholeNumber.ts";
import { changesInput } from "../integration/draftIntegration.ts";
import { integrationInput } from "../integration/integrationInput.ts";
import { previewEventsDefault, previewEventsMax } from "../preview/limits.ts";
import { sampleInput } from "../preview/sampleEvent.ts";
import { integrationId } from "./integrationRoutes.ts";
import { route } from "./route.ts";
import { exampleEvent, storedEvent } from "./storedEvent.ts";

/** Which events to preview: the given one, or up to `limit` recent events of the fleet. */
const sampling = {
  event: z.optional(sampleInput),
  limit: z._default(wholeNumber(1, previewEventsMax), previewEventsDefault),
};

/** What a client says of the events to preview. */
export type SamplingInput = z.output<z.ZodMiniObject<typeof sampling>>;

/** A request to a target, with secrets masked. */
const request = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.nullable(z.string()),
});

const previewed = z.strictObject({
  event: storedEvent,
  matches: z.boolean(),
  /** `null` if the event does not match or no request can be made. */
  request: z.nullable(request),
  /** Why no request can be made. */
  failure: z.optional(z.string()),
});

const preview = z.strictObject({
  events: z.array(previewed),
  from: z.enum(["given", "archive", "recent"]),
  /** Why there are no events. */
  note: z.optional(z.string()),
});

const tried = z.strictObject({
  ok: z.boolean(),
  verdict: z.string(),
  took_ms: z.number(),
  request,
  reply: z.nullable(
    z.strictObject({
      status: z.int(),
      content_type: z.nullable(z.string()),
      body: z.string(),
    }),
  ),
  /** Why there is no reply. */
  failure: z.optional(z.string()),
});

/** Bodies of replies about previews and tests. */
export type PreviewBody = z.input<typeof preview>;
export type PreviewedBody = z.input<typeof previewed>;
export type RequestBody = z.input<typeof request>;
export type TriedBody = z.input<typeof tried>;

const integration = "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d";
const aRequest: RequestBody = {
  method: "POST",
  url: "https://example.com/hook",
  headers: { "content-type": "application/json" },
  body: '{"event":"temperature","data":"21.5"}',
};
const aPreview: PreviewBody = {
  events: [{ event: exampleEvent, matches: true, request: aRequest }],
  from: "given",
};
const errors = ["too_many_requests", "too_large"] as const;

/** The operations that preview or test an integration. */
export const previewRoutes = {
  previewNewIntegration: route({
    method: "POST",
    path: "/v1/integrations/preview",
    product: true,
    access: "integrations:create",
    audit: { none: "a preview changes nothing" },
    summary: "Show the requests that a new integration would send",
    input: z.object({ ...sampling, template: integrationInput }),
    replies: { 200: preview },
    example: {
      input: {
        template: {
          integration_type: "Webhook",
          event: "temperature",
          url: "https://example.com/hook",
        },
        event: { name: "temperature", data: "21.5" },
      },
      reply: aPreview,
    },
    errors: [...errors],
  }),
  previewIntegration: route({
    method: "POST",
    path: "/v1/integrations/{integration}/preview",
    product: true,
    access: "integrations:update",
    audit: { none: "a preview changes nothing" },
    summary: "Show the requests that an integration would send, with some changes",
    input: z.object({
      ...integrationId.shape,
      ...sampling,
      template: z._default(changesInput, {}),
    }),
    replies: { 200: preview },
    example: {
      input: { integration, event: { name: "temperature", data: "21.5" } },
      reply: aPreview,
    },
    errors: [...errors],
  }),
  testIntegration: route({
    method: "POST",
    path: "/v1/integrations/{integration}/test",
    product: true,
    access: "integrations:update",
    audit: { none: "a test sends a request and changes nothing" },
    summary: "Send an event to the target of an integration once",
    input: z.object({
      ...integrationId.shape,
      event: z._default(sampleInput, { data: "test" }),
    }),
    replies: { 200: tried },
    example: {
      input: { integration, event: { data: "21.5" } },
      reply: {
        ok: true,
        verdict: "delivered",
        took_ms: 85,
        request: aRequest,
        reply: { status: 204, content_type: null, body: "" },
      },
    },
    errors: [...errors],
  }),
};
