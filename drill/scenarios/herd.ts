import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../../bench/statistics.ts";
import type { Device } from "../../device/device.ts";
import { reconnectBaseMs as baseMs, reconnectCapMs as capMs } from "../../device/limits.ts";
import { atMost, exactly, formatSeconds, within } from "../checks.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { connectAll } from "../load/connectAll.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { publishConfirmed } from "../load/publish.ts";
import { onlineStates } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";
import { secondsUntilConnected } from "./herdModel.ts";

const sizes = {
  short: { devices: 150, perSecond: 30, beforeMs: 4_000 },
  long: { devices: 10_000, perSecond: 30, beforeMs: 30_000 },
} as const;

/** All devices together. */
const eventsPerSecond = 20;
/** What a fleet of a user may have, and room for what others made. */
const devicesPerFleet = 800;
/** Of the reckoned time: chance, and a machine that also has other work. */
const drainFactorMax = 1.5;
const drainMsMargin = 10_000;
const p99RatioMax = 5;
const p99MsFloor = 1_000;
/** So many are asked about afterwards. */
const askedMax = 30;

/** All devices lose their connections at the same moment, and the broker takes them back as its quota says. */
export const herd: Drill = {
  name: "herd",
  incident:
    "After each outage: all devices come back at once, and bring down what has just come up.",
  promise:
    "The time until all are back follows from the broker's quota and is kept; who is refused tries again with full jitter; events of those that are back are not delayed by it.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 2_400 },
  async run(context, form) {
    const { devices: count, perSecond, beforeMs } = sizes[form];
    const { primary } = context.cloud;
    const event = `herd-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const own = await context.addDevices(Math.min(count, devicesPerFleet));
    const others = await context.addDevicesOfOtherUsers(count - own.length, devicesPerFleet);
    const devices = [...own, ...others].map((who) => context.device(who));
    await connectAll(devices);

    const publishing = devices.slice(0, own.length);
    const publish = publishConfirmed(publishing, event, tracker, ({ connected }) => connected);
    const load = atFixedRate(eventsPerSecond, publish);
    context.onCleanup(load.stop);
    const from = performance.now();
    await wait(beforeMs);
    context.ageConnections();

    const refusedBefore = (await primary.control.connects(perSecond)).connects.refused;
    await primary.control.stop("broker");
    await primary.control.start("broker");
    const begun = performance.now();
    const expected = { devices: count, connectsPerSecond: perSecond, baseMs, capMs };
    const expectedMs = (part: number) => secondsUntilConnected(expected, part) * 1_000;
    const msMax = expectedMs(1) * drainFactorMax + drainMsMargin;
    const left = (part: number) => () => away(devices) <= count * (1 - part);
    const halfMs = await waitFor(left(0.5), msMax);
    const mostMs = sinceBegun(await waitFor(left(0.99), msMax), begun);
    const timeToRecoverMs = sinceBegun(await waitFor(() => away(devices) === 0, msMax), begun);
    const to = performance.now();
    load.stop();
    await waitFor(() => tracker.missing() === 0, p99MsFloor * 10);
    const { refused } = (await primary.control.connects(500)).connects;
    const asked = own.slice(0, askedMax);
    const onlineMs = await waitFor(
      async () => (await onlineStates(context, asked)).every((is) => is === true),
      drainMsMargin,
    );

    const [before, during] = [
      percentile(tracker.latenciesMs(from, begun), 0.99),
      percentile(tracker.latenciesMs(begun, to), 0.99),
    ];
    const counts = tracker.counts();
    return {
      checks: [
        within("all are back", timeToRecoverMs, msMax),
        {
          promised: `half are back no sooner than the quota lets them: ${formatSeconds(soonest(count / 2, perSecond))}`,
          measured: formatSeconds(halfMs),
          passed: halfMs !== undefined && halfMs >= soonest(count / 2, perSecond),
        },
        {
          promised: "so many come at once that some are refused",
          measured: `${refused - refusedBefore} refused`,
          passed: refused > refusedBefore,
          isTiming: true,
        },
        within("the API says that they are online", onlineMs, drainMsMargin),
        {
          promised: `events' p99 at most ${p99RatioMax} times that before, or ${formatSeconds(p99MsFloor)}`,
          measured: `${formatSeconds(during)} after ${formatSeconds(before)}`,
          passed: during <= Math.max(p99RatioMax * before, p99MsFloor),
          isTiming: true,
        },
        exactly("lost", counts.lost, 0),
        atMost("repeated", counts.repeated, 0),
      ],
      timeToRecoverMs,
      counts,
      details: {
        devices: count,
        "connects a second": perSecond,
        "half: reckoned, measured": `${formatSeconds(expectedMs(0.5))}, ${formatSeconds(halfMs)}`,
        "99 %: reckoned, measured": `${formatSeconds(expectedMs(0.99))}, ${formatSeconds(mostMs)}`,
        "all: reckoned, measured": `${formatSeconds(expectedMs(1))}, ${formatSeconds(timeToRecoverMs)}`,
      },
    };
  },
};

/** The bucket of the quota is full when the herd comes. */
const soonest = (devices: number, perSecond: number): number =>
  (Math.max(0, devices - perSecond) / perSecond) * 1_000;

const away = (devices: readonly Device[]): number =>
  devices.filter(({ connected }) => !connected).length;

const sinceBegun = (ms: number | undefined, begun: number): number | undefined =>
  ms === undefined ? undefined : performance.now() - begun;
