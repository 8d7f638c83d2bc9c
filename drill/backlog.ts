import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../bench/statistics.ts";
import { openBooks, together } from "./books.ts";
import type { Drill } from "./drill.ts";
import { atMost, exactly, seconds, within } from "./found.ts";
import { publishConfirmed } from "./publishConfirmed.ts";
import { steadily } from "./steadily.ts";
import { waitFor } from "./waitFor.ts";

/** `backlog` events are an hour's of a fleet that publishes one a second. */
const sizes = {
  short: { backlog: 400, beforeMs: 4_000, drainMs: 60_000 },
  long: { backlog: 3_600, beforeMs: 30_000, drainMs: 900_000 },
} as const;

const freshPerSecond = 10;
const backlogPerSecond = 200;
const devicesMin = 4;
/** The target is down until all of the backlog has been tried once or is held back. */
const settleMs = 2_000;

/** A fresh event's p99 while the backlog drains, over the p99 before; and what it may be whatever it was before. */
const p99RatioMax = 3;
const p99MsFree = 500;
/** Of the backlog in any second, so that a target that comes back is not knocked over. */
const drainedPerSecondMax = 200;

/** A target was down for long and comes back: what waited for it drains, and others do not wait behind it. */
export const backlog: Drill = {
  name: "2020-07-backlog",
  happened: "2020-07: after the database was back, webhooks ran 1.5 hours late behind the backlog.",
  promise:
    "A backlog drains at a controlled pace, and fresh events keep their p99 while it does: they do not wait behind it.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 1_200 },
  async run(stage, form) {
    const { backlog: count, beforeMs, drainMs } = sizes[form];
    const names = { late: `late-${stage.word}`, fresh: `fresh-${stage.word}` };
    const late = openBooks(names.late);
    const fresh = openBooks(names.fresh);
    let isDown = true;
    const url = stage.target.path(names.late, (data, response: ServerResponse) => {
      if (!isDown) late.arrive(data);
      response.writeHead(isDown ? 503 : 200).end();
    });
    await stage.webhook(names.late, url);
    await stage.deliverInto(names.fresh, fresh);
    const identities = await stage.addDevices(devicesMin);
    const devices = identities.map((who) => stage.device(who));
    await Promise.all(devices.map((device) => device.connect()));

    const freshLoad = steadily(freshPerSecond, publishConfirmed(devices, names.fresh, fresh));
    stage.atEnd(freshLoad.stop);
    await waitFor(() => fresh.ids().delivered > 2 * freshPerSecond, beforeMs);
    const before = { from: performance.now(), to: 0 };
    await wait(beforeMs);
    before.to = performance.now();

    let made = 0;
    const publishLate = publishConfirmed(devices, names.late, late);
    const lateLoad = steadily(backlogPerSecond, () => {
      if (made++ < count) publishLate();
    });
    stage.atEnd(lateLoad.stop);
    await waitFor(() => late.ids().accepted === count, drainMs);
    await wait(settleMs);
    const backlogged = late.missing();
    isDown = false;
    const during = { from: performance.now(), to: 0 };
    const recoverMs = await waitFor(() => late.missing() === 0, drainMs);
    during.to = performance.now();
    freshLoad.stop();
    await waitFor(() => fresh.missing() === 0, beforeMs * 3);

    const p99Before = percentile(fresh.latenciesMs(before.from, before.to), 0.99);
    const p99During = percentile(fresh.latenciesMs(during.from, during.to), 0.99);
    const p99Max = Math.max(p99RatioMax * p99Before, p99MsFree);
    const [lateIds, freshIds] = [late.ids(), fresh.ids()];
    return {
      checks: [
        exactly("held back while the target was down", backlogged, count),
        within("the backlog has drained", recoverMs, drainMs),
        atMost(
          "of the backlog in the fastest second",
          fastest(late.arrivals()),
          drainedPerSecondMax,
        ),
        {
          promised: `fresh events' p99 at most ${p99RatioMax} times that before, or ${seconds(p99MsFree)}`,
          measured: `${seconds(p99During)} after ${seconds(p99Before)}: ${(p99During / p99Before).toFixed(1)} times`,
          held: p99During <= p99Max,
          isOfSpeed: true,
        },
        exactly("lost of the backlog", lateIds.lost, 0),
        exactly("lost of the fresh events", freshIds.lost, 0),
      ],
      recoverMs,
      ids: together(lateIds, freshIds),
      facts: {
        backlog: count,
        "fresh p99 before, ms": Math.round(p99Before),
        "fresh p99 while it drained, ms": Math.round(p99During),
        "drained a second, on average": Math.round(count / ((recoverMs ?? drainMs) / 1_000)),
      },
    };
  },
};

/** The most arrivals within any one second. */
const fastest = (arrivals: readonly number[]): number => {
  let [most, from] = [0, 0];
  for (const [i, at] of arrivals.entries()) {
    while (at - (arrivals[from] ?? at) >= 1_000) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
};
