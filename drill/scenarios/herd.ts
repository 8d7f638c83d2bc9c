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

/** Of all devices together. */
const eventsPerSecond = 20;
/** Below the device limit of a user. */
const devicesPerFleet = 800;
/** Tolerance of the calculated time: randomness, and other processes on the machine. */
const drainFactorMax = 1.5;
const drainMsMargin = 10_000;
const p99RatioMax = 5;
const p99MsFloor = 1_000;
/** Number of devices to query afterwards. */
const queriedMax = 30;

/**
 * All devices lose their connections at once and reconnect within the connect quota of the broker.
 */
export const herd: Drill = {
  name: "herd",
  incident: "After each outage: all devices reconnect at once and overload the recovering cloud.",
  promise:
    "The time until all devices are connected follows from the broker's connect quota. Rejected devices retry with full jitter. Events of connected devices are not delayed.",
  pages: { required: [], allowed: [] },
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
    const devices = [...own, ...others].map((identity) => context.device(identity));
    await connectAll(devices);

    const publishing = devices.slice(0, own.length);
    const publish = publishConfirmed(publishing, event, tracker, ({ connected }) => connected);
    const load = atFixedRate(eventsPerSecond, publish);
    context.onCleanup(load.stop);
    const from = performance.now();
    await wait(beforeMs);
    context.ageConnections();

    const rejectedBefore = (await primary.control.connects(perSecond)).connects.refused;
    context.pages.begin();
    await primary.control.stop("broker");
    await primary.control.start("broker");
    const begun = performance.now();
    const expected = { devices: count, connectsPerSecond: perSecond, baseMs, capMs };
    const expectedMs = (fraction: number) => secondsUntilConnected(expected, fraction) * 1_000;
    const msMax = expectedMs(1) * drainFactorMax + drainMsMargin;
    const isConnected = (fraction: number) => () =>
      countDisconnected(devices) <= count * (1 - fraction);
    const halfMs = await waitFor(isConnected(0.5), msMax);
    const mostMs = sinceBegun(await waitFor(isConnected(0.99), msMax), begun);
    const timeToRecoverMs = sinceBegun(
      await waitFor(() => countDisconnected(devices) === 0, msMax),
      begun,
    );
    const to = performance.now();
    load.stop();
    await context.pages.beforeRecovery();
    await waitFor(() => tracker.missing() === 0, p99MsFloor * 10);
    const { refused } = (await primary.control.connects(500)).connects;
    const queried = own.slice(0, queriedMax);
    const onlineMs = await waitFor(
      async () => (await onlineStates(context, queried)).every((is) => is === true),
      drainMsMargin,
    );

    const [before, during] = [
      percentile(tracker.latenciesMs(from, begun), 0.99),
      percentile(tracker.latenciesMs(begun, to), 0.99),
    ];
    const counts = tracker.counts();
    return {
      checks: [
        within("all devices connected", timeToRecoverMs, msMax),
        {
          promised: `half of the devices connected no sooner than the quota allows: ${formatSeconds(earliestMs(count / 2, perSecond))}`,
          measured: formatSeconds(halfMs),
          passed: halfMs !== undefined && halfMs >= earliestMs(count / 2, perSecond),
        },
        {
          promised: "the quota rejects some connects",
          measured: `${refused - rejectedBefore} rejected`,
          passed: refused > rejectedBefore,
          isTiming: true,
        },
        within("the API reports the devices online", onlineMs, drainMsMargin),
        {
          promised: `p99 of events at most ${p99RatioMax} times the p99 before, or ${formatSeconds(p99MsFloor)}`,
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
        "connects per second": perSecond,
        "half: calculated, measured": `${formatSeconds(expectedMs(0.5))}, ${formatSeconds(halfMs)}`,
        "99 %: calculated, measured": `${formatSeconds(expectedMs(0.99))}, ${formatSeconds(mostMs)}`,
        "all: calculated, measured": `${formatSeconds(expectedMs(1))}, ${formatSeconds(timeToRecoverMs)}`,
      },
    };
  },
};

/** The token bucket of the quota is full at the start. */
const earliestMs = (devices: number, perSecond: number): number =>
  (Math.max(0, devices - perSecond) / perSecond) * 1_000;

const countDisconnected = (devices: readonly Device[]): number =>
  devices.filter(({ connected }) => !connected).length;

const sinceBegun = (ms: number | undefined, begun: number): number | undefined =>
  ms === undefined ? undefined : performance.now() - begun;
