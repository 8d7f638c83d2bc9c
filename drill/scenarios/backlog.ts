import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../../bench/statistics.ts";
import { atMost, exactly, formatSeconds, within } from "../checks.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker, sumCounts } from "../load/eventTracker.ts";
import { publishConfirmed } from "../load/publish.ts";
import { waitFor } from "../load/waitFor.ts";

/** The long backlog equals one hour of a fleet that publishes one event a second. */
const sizes = {
  short: { backlog: 400, beforeMs: 4_000, drainMs: 60_000 },
  long: { backlog: 3_600, beforeMs: 30_000, drainMs: 900_000 },
} as const;

const freshPerSecond = 10;
const backlogPerSecond = 200;
const devicesMin = 4;
/** The target stays down until every event was attempted once or held by the circuit breaker. */
const settleMs = 2_000;

/**
 * Limit of the p99 of fresh events while the backlog drains: a multiple of the p99 before, but at
 * least `p99MsFloor`.
 */
const p99RatioMax = 3;
const p99MsFloor = 500;
/**
 * Maximum number of backlog events within any period of one second, so that a recovering target is
 * not overloaded: a region permits 100 attempts in each second by the clock.
 */
const drainedPerSecondMax = 200;

/** A target recovers after a long outage. Its backlog drains and does not delay other events. */
export const backlog: Drill = {
  name: "2020-07-backlog",
  incident:
    "2020-07: after the database was back, webhooks were delayed by 1.5 hours behind the backlog.",
  promise: "A backlog drains at a limited rate and does not delay fresh events: their p99 stays.",
  pages: { required: [], allowed: [] },
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 1_200 },
  async run(context, form) {
    const { backlog: count, beforeMs, drainMs } = sizes[form];
    const names = { late: `late-${context.runId}`, fresh: `fresh-${context.runId}` };
    const late = createEventTracker(names.late);
    const fresh = createEventTracker(names.fresh);
    let isDown = true;
    const url = context.target.path(names.late, (data, response: ServerResponse) => {
      if (!isDown) late.recordArrival(data);
      response.writeHead(isDown ? 503 : 200).end();
    });
    await context.addWebhook(names.late, url);
    await context.trackDeliveries(names.fresh, fresh);
    const identities = await context.addDevices(devicesMin);
    const devices = identities.map((identity) => context.device(identity));
    await Promise.all(devices.map((device) => device.connect()));

    const freshLoad = atFixedRate(freshPerSecond, publishConfirmed(devices, names.fresh, fresh));
    context.onCleanup(freshLoad.stop);
    await waitFor(() => fresh.counts().delivered > 2 * freshPerSecond, beforeMs);
    const before = { from: performance.now(), to: 0 };
    await wait(beforeMs);
    before.to = performance.now();

    context.pages.begin();
    let published = 0;
    const publishLate = publishConfirmed(devices, names.late, late);
    const lateLoad = atFixedRate(backlogPerSecond, () => {
      if (published++ < count) publishLate();
    });
    context.onCleanup(lateLoad.stop);
    await waitFor(() => late.counts().accepted === count, drainMs);
    await wait(settleMs);
    const backlogged = late.missing();
    await context.pages.beforeRecovery();
    isDown = false;
    const during = { from: performance.now(), to: 0 };
    const timeToRecoverMs = await waitFor(() => late.missing() === 0, drainMs);
    during.to = performance.now();
    freshLoad.stop();
    await waitFor(() => fresh.missing() === 0, beforeMs * 3);

    const p99Before = percentile(fresh.latenciesMs(before.from, before.to), 0.99);
    const p99During = percentile(fresh.latenciesMs(during.from, during.to), 0.99);
    const p99Max = Math.max(p99RatioMax * p99Before, p99MsFloor);
    const [lateCounts, freshCounts] = [late.counts(), fresh.counts()];
    return {
      checks: [
        exactly("undelivered while the target is down", backlogged, count),
        within("backlog drained", timeToRecoverMs, drainMs),
        atMost(
          "backlog events delivered in one second",
          maxPerSecond(late.arrivals()),
          drainedPerSecondMax,
        ),
        {
          promised: `p99 of fresh events at most ${p99RatioMax} times the p99 before, or ${formatSeconds(p99MsFloor)}`,
          measured: `${formatSeconds(p99During)} after ${formatSeconds(p99Before)}: ${(p99During / p99Before).toFixed(1)} times`,
          passed: p99During <= p99Max,
          isTiming: true,
        },
        exactly("lost backlog events", lateCounts.lost, 0),
        exactly("lost fresh events", freshCounts.lost, 0),
      ],
      timeToRecoverMs,
      counts: sumCounts(lateCounts, freshCounts),
      details: {
        backlog: count,
        "p99 of fresh events before, ms": Math.round(p99Before),
        "p99 of fresh events while draining, ms": Math.round(p99During),
        "drained per second, on average": Math.round(
          count / ((timeToRecoverMs ?? drainMs) / 1_000),
        ),
      },
    };
  },
};

/** Returns the maximum number of arrivals within one second. */
const maxPerSecond = (arrivals: readonly number[]): number => {
  let [most, from] = [0, 0];
  for (const [i, at] of arrivals.entries()) {
    while (at - (arrivals[from] ?? at) >= 1_000) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
};
