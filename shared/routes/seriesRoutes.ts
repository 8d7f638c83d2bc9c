import * as z from "zod/mini";
import { deviceNameCharsMax } from "../device/limits.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { countNames } from "../ledger/countDeliveries.ts";
import { seriesSteps } from "../ledger/readSeries.ts";
import { route } from "./route.ts";

const metric = z.enum(["deliveries", "backlog", "events", "calls"]);

const steps = wholeNumber(1, 86_400);

const stepInput = z.pipe(
  steps,
  z.literal(seriesSteps, `must be one of ${seriesSteps.join(", ")} (seconds)`),
);

/** The operation on time series. */
export const seriesRoutes = {
  showSeries: route({
    method: "GET",
    path: "/v1/series",
    product: true,
    access: "integrations:get",
    summary: "Show the deliveries, the backlog, the events or the calls of a fleet by time",
    input: z
      .object({
        metric: z._default(metric, "deliveries"),
        /** Of deliveries: one integration; by default all of the fleet. Of a backlog: required. */
        integration: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
        /** Of calls: one device, by id or name; by default all of the fleet. */
        device: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
        since: z.optional(time),
        until: z.optional(time),
        step: z.optional(stepInput),
      })
      .check(
        z.refine(
          ({ metric: of, integration }) =>
            integration === undefined || of === "deliveries" || of === "backlog",
          {
            path: ["integration"],
            error: "can only be combined with metric=deliveries and metric=backlog",
          },
        ),
        z.refine(({ metric: of, integration }) => integration !== undefined || of !== "backlog", {
          path: ["integration"],
          error: "is required with metric=backlog",
        }),
        z.refine(({ metric: of, device }) => device === undefined || of === "calls", {
          path: ["device"],
          error: "can only be combined with metric=calls",
        }),
      ),
    replies: {
      200: z.strictObject({
        metric,
        /** Seconds. */
        step: z.int(),
        /** The names of the values of a point. */
        names: z.readonly(z.array(z.string())),
        /** The start of a step in seconds since 1970, and the values in the order of `names`. */
        points: z.readonly(z.array(z.readonly(z.array(z.number())))),
      }),
    },
    example: {
      input: { metric: "deliveries", since: "2026-01-01T00:00:00Z", step: 3_600 },
      reply: {
        metric: "deliveries",
        step: 3_600,
        names: [...countNames],
        points: [
          [1_767_225_600, 120, 118, 1, 1, 0, 0, 3],
          [1_767_229_200, 0, 0, 0, 0, 0, 0, 0],
        ],
      },
    },
    errors: ["too_many_requests"],
  }),
};
