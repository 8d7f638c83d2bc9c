import * as z from "zod/mini";
import { deviceNameCharsMax } from "../device/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { usagePageMax } from "../ledger/usage/limits.ts";

import { isoTime } from "./replies.ts";
import { route } from "./route.ts";
import { limitForecast } from "./usageLimitRoutes.ts";

const grouping = z.enum(["hour", "day", "device", "kind"]);

/** What is counted, with its data operations. */
const counts = z.strictObject({
  operations: z.int(),
  publishes: z.int(),
  publish_operations: z.int(),
  functions: z.int(),
  variables: z.int(),
  free_events: z.int(),
  deliveries: z.int(),
});

/** The counts of a reply. */
export type UsageCountsBody = z.input<typeof counts>;

const usageReply = z.strictObject({
  fleet: z.string(),
  device: z.optional(z.string()),
  from: isoTime,
  to: isoTime,
  by: grouping,
  total: counts,
  /** By hour and by day, oldest first; those without usage are left out. */
  steps: z.optional(z.array(z.extend(counts, { at: isoTime }))),
  /** By kind: how many, and their data operations. */
  kinds: z.optional(
    z.array(z.strictObject({ kind: z.string(), count: z.int(), operations: z.int() })),
  ),
  /** By device. The devices with the most operations of the page come first. */
  devices: z.optional(z.array(z.extend(counts, { device: z.string() }))),
  cursor: z.optional(z.string()),
  /** The devices with the most operations, of whole hours and days. */
  top_devices: z.optional(z.array(z.strictObject({ device: z.string(), operations: z.int() }))),
  /** Of this calendar month in UTC, if the rest of it is as the last seven days. */
  forecast: z.optional(
    z.strictObject({
      month_begins: isoTime,
      month_ends: isoTime,
      operations: z.int(),
      expected_operations: z.int(),
      /** The limits of the fleet, or of the device, and when each is reached. */
      limits: z.array(limitForecast),
    }),
  ),
  /** What the usage costs at the list prices of AWS in us-east-1. */
  showback: z.strictObject({
    dollars: z.number(),
    lines: z.array(
      z.strictObject({
        what: z.string(),
        unit: z.string(),
        quantity: z.number(),
        dollars: z.number(),
      }),
    ),
  }),
  /** Operations that are not counted: the broker delivers to subscribing devices by itself. */
  not_metered: z.array(z.literal("subscription")),
});

/** The usage of a fleet in a reply. */
export type UsageBody = z.input<typeof usageReply>;

const exampleCounts = {
  operations: 130,
  publishes: 118,
  publish_operations: 126,
  functions: 3,
  variables: 1,
  free_events: 24,
  deliveries: 118,
};

/** The operations on the usage of a fleet. */
export const usageRoutes = {
  showUsage: route({
    method: "GET",
    path: "/v1/usage",
    product: true,
    access: "integrations:get",
    csv: true,
    summary: "Show the data operations of a fleet, and what they cost",
    input: z
      .object({
        by: z._default(grouping, "day"),
        /** The fleet of the token, or of the product in the path; no other one is accessible. */
        fleet: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
        /** By id or name. A device that was removed, by its id. */
        device: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
        from: z.optional(time),
        to: z.optional(time),
        /** A table; only with by=device. */
        format: z._default(z.enum(["json", "csv"]), "json"),
        /** Of by=device. */
        limit: z.optional(wholeNumber(1, usagePageMax)),
        cursor: z.optional(cursorText),
      })
      .check(
        ...(["limit", "cursor"] as const).map((name) =>
          z.refine<{ by: string; limit?: unknown; cursor?: unknown }>(
            (given) => given[name] === undefined || given.by === "device",
            { path: [name], error: "can only be combined with by=device" },
          ),
        ),
        z.refine<{ by: string; format?: unknown }>(
          (given) => given.format !== "csv" || given.by === "device",
          { path: ["format"], error: "csv can only be combined with by=device" },
        ),
        z.refine<{ by: string; device?: unknown }>(
          (given) => given.device === undefined || given.by !== "device",
          {
            path: ["device"],
            error: "cannot be combined with by=device: use by=hour, day or kind",
          },
        ),
      ),
    replies: { 200: usageReply },
    example: {
      input: { by: "day", from: "2026-01-30T00:00:00Z", to: "2026-01-31T00:00:00Z" },
      reply: {
        fleet: "f1c0ffee",
        from: "2026-01-30T00:00:00.000Z",
        to: "2026-01-31T00:00:00.000Z",
        by: "day",
        total: exampleCounts,
        steps: [{ at: "2026-01-30T00:00:00.000Z", ...exampleCounts }],
        top_devices: [{ device: "0123456789abcdef01234567", operations: 130 }],
        forecast: {
          month_begins: "2026-01-01T00:00:00.000Z",
          month_ends: "2026-02-01T00:00:00.000Z",
          operations: 3_912,
          expected_operations: 4_042,
          limits: [
            {
              id: "5f0c3f1e2d4b6a79",
              name: null,
              period: "month",
              limit: 4_000,
              used: 3_912,
              expected: 4_042,
              reached_at: "2026-01-31T16:14:00.000Z",
            },
          ],
        },
        showback: {
          dollars: 0.000_057,
          lines: [
            {
              what: "events: queue",
              unit: "sqsRequests",
              quantity: 142,
              dollars: 0.000_057,
            },
          ],
        },
        not_metered: ["subscription"],
      },
    },
    errors: [],
  }),
};
