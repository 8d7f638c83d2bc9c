import * as z from "zod/mini";
import { deviceNameCharsMax } from "../device/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { integrationInput, replacementInput } from "../integration/integrationInput.ts";
import { common } from "../integration/kind/kind.ts";
import { kinds } from "../integration/kind/kinds.ts";
import { integrationStates, listInput, webhookListInput } from "../integration/listInput.ts";
import { rotationInput } from "../integration/rotateSigningSecret.ts";
import { attemptPageDefault, attemptPageMax } from "../ledger/limits.ts";
import { done, isoTime } from "./replies.ts";
import { route } from "./route.ts";

/** The id of an integration in a path. */
export const integrationId = z.object({ integration: z.string().check(z.maxLength(64)) });

const kindName = z.enum([
  "Webhook",
  "AzureIotHub",
  "GoogleCloudPubSub",
  "AwsEventBridge",
  "AwsSqs",
]);

const summary = {
  id: z.string(),
  event: z.string(),
  name: z.string(),
  /** The URL and the method: of a webhook. */
  url: z.optional(z.string()),
  requestType: z.optional(z.string()),
  deviceID: z.nullable(z.string()),
  disabled: z.boolean(),
  created_at: isoTime,
  integration_type: kindName,
};
const integration = z.strictObject(summary);

const signing = {
  /** The new secret, shown once: of a kind whose requests are signed. */
  signing_secret: z.optional(z.string()),
  /** The time until which the previous secret signs, too. */
  previous_signs_until: z.optional(isoTime),
};
const changed = z.strictObject({ ok: z.literal(true), ...summary, ...signing });

/** An integration in a list. One that cannot be read has only its id. */
const listed = z.union([
  integration,
  z.strictObject({ id: z.string(), unreadable: z.literal(true) }),
]);
/** A page of a list with a cursor. Without `cursor` it is the last one. */
const cursorPage = z.strictObject({
  integrations: z.array(
    z.union([
      z.extend(integration, { state: z.enum(integrationStates) }),
      z.strictObject({ id: z.string(), unreadable: z.literal(true) }),
    ]),
  ),
  cursor: z.optional(cursorText),
});

const list = z.union([
  z.array(listed),
  z.strictObject({
    integrations: z.array(listed),
    meta: z.strictObject({ total_pages: z.int(), total: z.int() }),
  }),
]);

/** One attempt of a delivery. Texts are cut and secrets are masked. */
const attempt = z.strictObject({
  delivery: z.string(),
  attempt: z.int(),
  ok: z.boolean(),
  error: z.optional(z.string()),
  event: z.strictObject({ id: z.string(), name: z.string(), coreid: z.string() }),
  started_at: isoTime,
  took_ms: z.int(),
  next_attempt_at: z.nullable(isoTime),
  request: z.nullable(
    z.strictObject({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.nullable(z.string()),
    }),
  ),
  reply: z.nullable(
    z.strictObject({
      status: z.int(),
      content_type: z.nullable(z.string()),
      retry_after: z.nullable(z.string()),
      body: z.string(),
    }),
  ),
});

/** The deliveries of one day in UTC. */
const dayCounters = z.strictObject({
  date: z.iso.date(),
  success: z.int(),
  error: z.int(),
  waiting: z.int(),
  dead: z.int(),
  discarded: z.int(),
  missing: z.int(),
});

const { fleet, product, signing: _, revision, enabledAt, createdAt, ...shown } = common.shape;

const ofKind = <Shape extends z.core.$ZodShape>(settings: Shape) =>
  z.strictObject({
    ...shown,
    ...settings,
    signed: z.boolean(),
    created_at: isoTime,
    integration_type: kindName,
    counters: z.array(dayCounters),
    /** The latest attempts, and those of them that failed; newest first. */
    logs: z.array(attempt),
    errors: z.array(attempt),
  });

/** All settings of an integration, with secrets masked, in a form that `PUT` accepts. */
const details: z.ZodMiniType<unknown, Readonly<Record<string, unknown>>> = z.union([
  ofKind(kinds.Webhook.settings.shape),
  ofKind(kinds.AzureIotHub.settings.shape),
  ofKind(kinds.GoogleCloudPubSub.settings.shape),
  ofKind(kinds.AwsEventBridge.settings.shape),
  ofKind(kinds.AwsSqs.settings.shape),
]);

const counts = {
  matched: z.int(),
  delivered: z.int(),
  waiting: z.int(),
  dead: z.int(),
  discarded: z.int(),
  missing: z.int(),
  failed_attempts: z.int(),
};

/** The ledger of a time span: in total, and by bucket. */
const ledger = z.strictObject({
  from: isoTime,
  to: isoTime,
  /** Whether no delivery is missing. */
  balanced: z.boolean(),
  ...counts,
  missing_deliveries: z.array(z.string()),
  buckets: z.array(
    z.strictObject({
      from: isoTime,
      ...counts,
      missing_deliveries: z.optional(z.readonly(z.array(z.string()))),
    }),
  ),
});

/** Bodies of replies about integrations. */
export type SigningBody = z.input<z.ZodMiniObject<typeof signing>>;
export type IntegrationBody = z.input<typeof integration>;
export type ListedBody = z.input<typeof listed>;
export type AttemptBody = z.input<typeof attempt>;
export type DayCountersBody = z.input<typeof dayCounters>;
export type LedgerBody = z.input<typeof ledger>;

const id = "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d";

const hook: IntegrationBody = {
  id,
  event: "temperature",
  name: "temperature for example.com",
  url: "https://example.com/hook",
  requestType: "POST",
  deviceID: null,
  disabled: false,
  created_at: "2026-01-01T00:00:00.000Z",
  integration_type: "Webhook",
};
const hookInput = {
  integration_type: "Webhook",
  event: "temperature",
  url: "https://example.com/hook",
} as const;
const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const zero = { matched: 0, delivered: 0, waiting: 0, dead: 0, discarded: 0, missing: 0 };

const failed: AttemptBody = {
  delivery: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
  attempt: 1,
  ok: false,
  error: "The target answered 503",
  event: { id: "0b6b2a6e", name: "temperature", coreid: "0123456789abcdef01234567" },
  started_at: "2026-01-01T00:00:00.000Z",
  took_ms: 41,
  next_attempt_at: "2026-01-01T00:00:05.000Z",
  request: {
    method: "POST",
    url: "https://example.com/hook",
    headers: { "content-type": "application/json" },
    body: "{}",
  },
  reply: { status: 503, content_type: "text/plain", retry_after: null, body: "Later" },
};

const webhooks = "/v1/webhooks";
const oneWebhook = `${webhooks}/{integration}`;

/** The operations on integrations. */
export const integrationRoutes = {
  createIntegration: route({
    method: "POST",
    path: "/v1/integrations",
    aliases: [webhooks],
    product: true,
    access: "integrations:create",
    audit: { action: "integration.create", created: "id" },
    summary: "Create an integration",
    input: integrationInput,
    replies: { 201: changed },
    example: { input: hookInput, reply: { ok: true, ...hook, signing_secret: secret } },
    errors: ["limit_reached"],
  }),
  listIntegrations: route({
    method: "GET",
    path: "/v1/integrations",
    product: true,
    access: "integrations:list",
    summary: "List integrations, or one page of them",
    input: listInput,
    replies: { 200: z.union([list, cursorPage]) },
    example: { input: { event: "temp" }, reply: [hook] },
    errors: [],
  }),
  listWebhooks: route({
    method: "GET",
    path: webhooks,
    product: true,
    access: "integrations:list",
    summary: "List webhooks, or one page of them",
    input: webhookListInput,
    replies: { 200: list },
    example: {
      input: { page: 1 },
      reply: { integrations: [hook], meta: { total_pages: 1, total: 1 } },
    },
    errors: [],
  }),
  showIntegration: route({
    method: "GET",
    path: "/v1/integrations/{integration}",
    aliases: [oneWebhook],
    product: true,
    versioned: true,
    access: "integrations:get",
    summary: "Show an integration with its settings, counters and latest attempts",
    input: integrationId,
    replies: { 200: z.strictObject({ integration: details }) },
    example: {
      input: { integration: id },
      reply: {
        integration: {
          id,
          event: "temperature",
          name: "temperature for example.com",
          url: "https://example.com/hook",
          requestType: "POST",
          noDefaults: false,
          rejectUnauthorized: true,
          disabled: false,
          signed: true,
          created_at: "2026-01-01T00:00:00.000Z",
          integration_type: "Webhook",
          counters: [],
          logs: [],
          errors: [],
        },
      },
    },
    errors: [],
  }),
  listAttempts: route({
    method: "GET",
    path: "/v1/integrations/{integration}/attempts",
    product: true,
    access: "integrations:get",
    summary: "List a page of the attempts of an integration that match a filter, newest first",
    input: z.object({
      ...integrationId.shape,
      limit: z._default(wholeNumber(1, attemptPageMax), attemptPageDefault),
      cursor: z.optional(cursorText),
      outcome: z.optional(z.enum(["ok", "failed"])),
      since: z.optional(time),
      until: z.optional(time),
      /** Device id or name. */
      device: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
      delivery: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
    }),
    replies: {
      200: z.strictObject({ attempts: z.array(attempt), cursor: z.optional(cursorText) }),
    },
    example: { input: { integration: id, outcome: "failed" }, reply: { attempts: [failed] } },
    errors: [],
  }),
  replaceIntegration: route({
    method: "PUT",
    path: "/v1/integrations/{integration}",
    aliases: [oneWebhook],
    product: true,
    versioned: true,
    access: "integrations:update",
    audit: { action: "integration.update", id: "integration" },
    summary: "Replace the settings of an integration",
    input: replacementInput,
    replies: { 200: changed },
    example: { input: { integration: id, ...hookInput }, reply: { ok: true, ...hook } },
    errors: ["conflict"],
  }),
  patchIntegration: route({
    method: "PATCH",
    path: "/v1/integrations/{integration}",
    aliases: [oneWebhook],
    product: true,
    versioned: true,
    access: "integrations:update",
    audit: { action: "integration.update", id: "integration" },
    summary: "Change some settings of an integration; null removes a setting",
    input: z.looseObject(integrationId.shape),
    replies: { 200: changed },
    example: {
      input: { integration: id, disabled: true },
      reply: { ok: true, ...hook, disabled: true },
    },
    errors: ["conflict"],
  }),
  cloneIntegration: route({
    method: "POST",
    path: "/v1/integrations/{integration}/clone",
    product: true,
    access: "integrations:create",
    audit: { action: "integration.create", created: "id" },
    summary: "Create an integration from the settings of another one and some changes",
    input: z.looseObject(integrationId.shape),
    replies: { 201: changed },
    example: {
      input: { integration: id, event: "humidity" },
      reply: { ok: true, ...hook, event: "humidity", signing_secret: secret },
    },
    errors: ["limit_reached"],
  }),
  removeIntegration: route({
    method: "DELETE",
    path: "/v1/integrations/{integration}",
    aliases: [oneWebhook],
    product: true,
    versioned: true,
    access: "integrations:remove",
    audit: { action: "integration.remove", id: "integration" },
    summary: "Delete an integration",
    input: integrationId,
    replies: { 200: done },
    example: { input: { integration: id }, reply: { ok: true } },
    errors: ["conflict"],
  }),
  enableIntegration: route({
    method: "POST",
    path: "/v1/integrations/{integration}/enable",
    product: true,
    access: "integrations:update",
    audit: { action: "integration.enable", id: "integration" },
    summary: "Enable an integration",
    input: integrationId,
    replies: { 200: z.strictObject({ ok: z.literal(true), ...summary }) },
    example: { input: { integration: id }, reply: { ok: true, ...hook } },
    errors: ["conflict"],
  }),
  rotateSigningSecret: route({
    method: "POST",
    path: "/v1/integrations/{integration}/signing-secret",
    product: true,
    access: "integrations:update",
    audit: { action: "integration.rotate_secret", id: "integration" },
    summary: "Replace the secret that signs the requests of a webhook",
    input: z.object({ ...rotationInput.shape, ...integrationId.shape }),
    replies: { 200: z.strictObject({ ok: z.literal(true), ...signing }) },
    example: {
      input: { integration: id, overlap: 86_400 },
      reply: {
        ok: true,
        signing_secret: secret,
        previous_signs_until: "2026-01-02T00:00:00.000Z",
      },
    },
    errors: ["conflict"],
  }),
  showLedger: route({
    method: "GET",
    path: "/v1/integrations/{integration}/ledger",
    product: true,
    access: "integrations:get",
    summary: "Show the outcome of the deliveries of an integration",
    input: z.object({ ...integrationId.shape, from: z.optional(time), to: z.optional(time) }),
    replies: { 200: ledger },
    example: {
      input: { integration: id, from: "2026-01-01", to: "2026-01-02" },
      reply: {
        from: "2026-01-01T00:00:00.000Z",
        to: "2026-01-02T00:00:00.000Z",
        balanced: true,
        ...zero,
        failed_attempts: 0,
        missing_deliveries: [],
        buckets: [],
      },
    },
    errors: [],
  }),
};
