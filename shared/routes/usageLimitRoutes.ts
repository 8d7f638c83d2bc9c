import * as z from "zod/mini";
import { deviceNameCharsMax } from "../device/limits.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { usageLimitMax } from "../limit/limits.ts";
import { limitActions, limitPeriods, limitScopes, limitSettings } from "../limit/usageLimit.ts";
import { isoTime, noBody } from "./replies.ts";
import { route } from "./route.ts";

const { name } = limitSettings;
const limitNumber = wholeNumber(1, usageLimitMax);

const usageLimit = z.strictObject({
  id: z.string(),
  scope: z.enum(limitScopes),
  /** The id of the device or the integration; `null` for a fleet or a product. */
  target: z.nullable(z.string()),
  period: z.enum(limitPeriods),
  limit: z.int(),
  action: z.enum(limitActions),
  name: z.nullable(z.string()),
  created_at: isoTime,
  /** The current period, in UTC. */
  period_begins: isoTime,
  period_ends: isoTime,
  /** Data operations, or deliveries of an integration, up to the last counted minute. */
  used: z.int(),
  percent: z.number(),
  /** At the end of the period, at the present rate. */
  expected: z.int(),
  /** When the limit is reached at the present rate; `null` if that is not in this period. */
  reached_at: z.nullable(isoTime),
  /** Whether the limit slows down or parks deliveries now. */
  in_force: z.boolean(),
});

/** A limit of usage in a reply. */
export type UsageLimitBody = z.input<typeof usageLimit>;

/** A limit beside the usage that it limits. */
export const limitForecast = z.pick(usageLimit, {
  id: true,
  name: true,
  period: true,
  limit: true,
  used: true,
  expected: true,
  reached_at: true,
});

const limitId = z
  .string()
  .check(z.regex(/^[0-9a-f]{16}$/, "must be the id of a usage limit: 16 hexadecimal digits"));

const created = {
  scope: "device",
  target: "0123456789abcdef01234567",
  period: "month",
  limit: 10_000,
  action: "slow",
  name: "pump 7",
} as const;

const example: UsageLimitBody = {
  id: "5f0c3f1e2d4b6a79",
  ...created,
  created_at: "2026-01-02T10:00:00.000Z",
  period_begins: "2026-01-01T00:00:00.000Z",
  period_ends: "2026-02-01T00:00:00.000Z",
  used: 3_912,
  percent: 39.1,
  expected: 12_130,
  reached_at: "2026-01-26T04:10:00.000Z",
  in_force: false,
};

const oneLimit = "/v1/usage/limits/{usage_limit}";

/** The operations on limits of usage. */
export const usageLimitRoutes = {
  listUsageLimits: route({
    method: "GET",
    path: "/v1/usage/limits",
    product: true,
    access: "integrations:get",
    summary: "List the limits of usage of a fleet, with how far each is used",
    input: z.object({}),
    replies: { 200: z.strictObject({ limits: z.array(usageLimit) }) },
    example: { input: {}, reply: { limits: [example] } },
    errors: [],
  }),
  createUsageLimit: route({
    method: "POST",
    path: "/v1/usage/limits",
    product: true,
    access: "integrations:update",
    audit: { action: "usage_limit.create", created: "limit.id" },
    summary: "Create a limit of the usage of a fleet, a product, a device or an integration",
    input: z.object({
      scope: z.enum(limitScopes),
      /** The id or name of the device, or the id of the integration. */
      target: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
      period: z.enum(limitPeriods),
      /** Data operations in a period; deliveries for an integration. */
      limit: limitNumber,
      /** What happens at the limit, besides notices. */
      action: z.enum(limitActions),
      name,
    }),
    replies: { 201: z.strictObject({ limit: usageLimit }) },
    example: { input: created, reply: { limit: { ...example, used: 0, percent: 0 } } },
    errors: ["limit_reached", "not_found"],
  }),
  showUsageLimit: route({
    method: "GET",
    path: oneLimit,
    product: true,
    versioned: true,
    access: "integrations:get",
    summary: "Show a limit of usage, with how far it is used",
    input: z.object({ usage_limit: limitId }),
    replies: { 200: z.strictObject({ limit: usageLimit }) },
    example: { input: { usage_limit: example.id }, reply: { limit: example } },
    errors: [],
  }),
  replaceUsageLimit: route({
    method: "PUT",
    path: oneLimit,
    product: true,
    versioned: true,
    access: "integrations:update",
    audit: { action: "usage_limit.update", id: "usage_limit" },
    summary: "Replace the number, the action and the name of a limit of usage",
    /** What is limited stays the same: for another target or period, create another limit. */
    input: z.object({
      usage_limit: limitId,
      limit: limitNumber,
      action: z.enum(limitActions),
      name,
    }),
    replies: { 200: z.strictObject({ limit: usageLimit }) },
    example: {
      input: { usage_limit: example.id, limit: 20_000, action: "park" },
      reply: { limit: { ...example, limit: 20_000, action: "park", name: null, percent: 19.6 } },
    },
    errors: ["conflict"],
  }),
  removeUsageLimit: route({
    method: "DELETE",
    path: oneLimit,
    product: true,
    versioned: true,
    access: "integrations:update",
    audit: { action: "usage_limit.remove", id: "usage_limit" },
    summary: "Remove a limit of usage; what it parked stays in the dead letters",
    input: z.object({ usage_limit: limitId }),
    replies: { 204: noBody },
    example: { input: { usage_limit: example.id }, reply: undefined },
    errors: [],
  }),
};
