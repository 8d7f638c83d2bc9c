import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../../bench/statistics.ts";
import { exactly, within } from "../checks.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { publishConfirmed } from "../load/publish.ts";
import { countCallable } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { devices: 5, perSecond: 20, downMs: 8_000 },
  long: { devices: 20, perSecond: 100, downMs: 120_000 },
} as const;

/** Bound after the last event. */
const deliveredMs = 20_000;
/** During the outage each event waits for failing DynamoDB requests before the cache is used. */
const p99MsMax = 10_000;

/** All DynamoDB requests of the region fail for a while. */
export const databaseDown: Drill = {
  name: "2020-07-database-down",
  incident:
    "2020-07: the database provider was down for hours; a restore from a backup lost 15 hours of data.",
  promise:
    "Events are accepted, routed with cached integrations and delivered while the database is down. New execution environments read the replica of the other region.",
  pages: {
    required: ["a-function-fails"],
    allowed: [
      "a-route-of-the-api-fails",
      "the-api-answers-with-errors",
      "the-api-does-not-work",
      "a-queue-is-not-processed",
      "a-worker-cannot-handle-a-message",
      "an-integration-cannot-be-read",
    ],
    // The alarm of the function that failed first.
    names: { "a-function-fails": /\w+Errors[0-9A-F]{8}/ },
  },
  cloud: { regions: 2 },
  secondsMax: { short: 240, long: 400 },
  async run(context, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { primary } = context.cloud;
    const event = `down-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((identity) =>
      context.device(identity, { endpoints: [primary.mqtt], functions: { echo: () => 3 } }),
    );
    await Promise.all(devices.map((device) => device.connect()));
    const load = atFixedRate(perSecond, publishConfirmed(devices, event, tracker));
    context.onCleanup(load.stop);
    await waitFor(() => tracker.counts().delivered > 2 * perSecond, deliveredMs);

    const error = { status: 500, code: "InternalServerError" };
    context.pages.begin();
    await primary.control.fault("tables", { error });
    const from = performance.now();
    await wait(downMs / 2);
    // Execution environments that start now have an empty cache.
    await primary.control.stop("functions");
    await primary.control.start("functions");
    const freshFrom = performance.now();
    await wait(downMs / 2);
    const to = performance.now();
    load.stop();
    const drainedMs = await waitFor(() => tracker.missing() === 0, deliveredMs);
    const during = tracker.latenciesMs(from, freshFrom);
    // Schedules run `watch` and others once a minute. The short form does not wait for them.
    if (form === "short") await context.cloud.invoke("Watchwatch").catch(() => {});
    await context.pages.beforeRecovery();
    await primary.control.fault("tables");
    const timeToRecoverMs = await waitFor(() => tracker.missing() === 0, deliveredMs);
    const callable = await countCallable(context, identities);
    const counts = tracker.counts();
    return {
      checks: [
        within("all events delivered before the database recovers", drainedMs, deliveredMs),
        within(
          "99 % of the events during the outage delivered",
          percentile(during, 0.99),
          p99MsMax,
        ),
        exactly("lost", counts.lost, 0),
        exactly("devices reachable by a call afterwards", callable, count),
      ],
      timeToRecoverMs,
      counts,
      details: {
        "database down for": `${Math.round((to - from) / 1_000)} s`,
        "events handled by new environments": tracker.latenciesMs(freshFrom, to).length,
      },
    };
  },
};
