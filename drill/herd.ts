import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../bench/statistics.ts";
import type { Device } from "../device/device.ts";
import { reconnectBaseMs as baseMs, reconnectCapMs as capMs } from "../device/limits.ts";
import { presence } from "./askDevices.ts";
import { openBooks } from "./books.ts";
import { connectAll } from "./connectAll.ts";
import type { Drill } from "./drill.ts";
import { atMost, exactly, seconds, within } from "./found.ts";
import { herdDrain } from "./herdDrain.ts";
import { publishConfirmed } from "./publishConfirmed.ts";
import { steadily } from "./steadily.ts";
import { waitFor } from "./waitFor.ts";

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
const drainMsFree = 10_000;
const p99RatioMax = 5;
const p99MsFree = 1_000;
/** So many are asked about afterwards. */
const askedMax = 30;

/** All devices lose their connections at the same moment, and the broker takes them back as its quota says. */
export const herd: Drill = {
  name: "herd",
  happened:
    "After each outage: all devices come back at once, and bring down what has just come up.",
  promise:
    "The time until all are back follows from the broker's quota and is kept; who is refused tries again with full jitter; events of those that are back are not delayed by it.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 2_400 },
  async run(stage, form) {
    const { devices: count, perSecond, beforeMs } = sizes[form];
    const { near } = stage.cloud;
    const event = `herd-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const own = await stage.addDevices(Math.min(count, devicesPerFleet));
    const others = await stage.addOthersDevices(count - own.length, devicesPerFleet);
    const devices = [...own, ...others].map((who) => stage.device(who));
    await connectAll(devices);

    const publishing = devices.slice(0, own.length);
    const publish = publishConfirmed(publishing, event, books, ({ connected }) => connected);
    const load = steadily(eventsPerSecond, publish);
    stage.atEnd(load.stop);
    const from = performance.now();
    await wait(beforeMs);
    stage.age();

    const refusedBefore = (await near.control.connects(perSecond)).connects.refused;
    await near.control.stop("broker");
    await near.control.start("broker");
    const begun = performance.now();
    const reckoned = { devices: count, connectsPerSecond: perSecond, baseMs, capMs };
    const reckonedMs = (part: number) => herdDrain(reckoned, part) * 1_000;
    const msMax = reckonedMs(1) * drainFactorMax + drainMsFree;
    const left = (part: number) => () => away(devices) <= count * (1 - part);
    const halfMs = await waitFor(left(0.5), msMax);
    const mostMs = sinceBegun(await waitFor(left(0.99), msMax), begun);
    const recoverMs = sinceBegun(await waitFor(() => away(devices) === 0, msMax), begun);
    const to = performance.now();
    load.stop();
    await waitFor(() => books.missing() === 0, p99MsFree * 10);
    const { refused } = (await near.control.connects(500)).connects;
    const asked = own.slice(0, askedMax);
    const presentMs = await waitFor(
      async () => (await presence(stage, asked)).every((is) => is === true),
      drainMsFree,
    );

    const [before, during] = [
      percentile(books.latenciesMs(from, begun), 0.99),
      percentile(books.latenciesMs(begun, to), 0.99),
    ];
    const ids = books.ids();
    return {
      checks: [
        within("all are back", recoverMs, msMax),
        {
          promised: `half are back no sooner than the quota lets them: ${seconds(soonest(count / 2, perSecond))}`,
          measured: seconds(halfMs),
          held: halfMs !== undefined && halfMs >= soonest(count / 2, perSecond),
        },
        {
          promised: "so many come at once that some are refused",
          measured: `${refused - refusedBefore} refused`,
          held: refused > refusedBefore,
          isOfSpeed: true,
        },
        within("the API says that they are online", presentMs, drainMsFree),
        {
          promised: `events' p99 at most ${p99RatioMax} times that before, or ${seconds(p99MsFree)}`,
          measured: `${seconds(during)} after ${seconds(before)}`,
          held: during <= Math.max(p99RatioMax * before, p99MsFree),
          isOfSpeed: true,
        },
        exactly("lost", ids.lost, 0),
        atMost("repeated", ids.repeated, 0),
      ],
      recoverMs,
      ids,
      facts: {
        devices: count,
        "connects a second": perSecond,
        "half: reckoned, measured": `${seconds(reckonedMs(0.5))}, ${seconds(halfMs)}`,
        "99 %: reckoned, measured": `${seconds(reckonedMs(0.99))}, ${seconds(mostMs)}`,
        "all: reckoned, measured": `${seconds(reckonedMs(1))}, ${seconds(recoverMs)}`,
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
