import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../bench/statistics.ts";
import { answering } from "./askDevices.ts";
import { openBooks } from "./books.ts";
import type { Drill } from "./drill.ts";
import { exactly, within } from "./found.ts";
import { publishConfirmed } from "./publishConfirmed.ts";
import { steadily } from "./steadily.ts";
import { waitFor } from "./waitFor.ts";

const sizes = {
  short: { devices: 5, perSecond: 20, downMs: 8_000 },
  long: { devices: 20, perSecond: 100, downMs: 120_000 },
} as const;

/** After the last event. */
const deliveredMs = 20_000;
/** An event during the outage: DynamoDB is asked and fails before what is in memory is used. */
const p99MsMax = 10_000;

/** Every call of the region's database fails for a while. */
export const databaseDown: Drill = {
  name: "2020-07-database-down",
  happened:
    "2020-07: the database provider was down for hours; a restore from a backup lost 15 hours of data.",
  promise:
    "Events are accepted, routed with what is in memory and delivered while the database is down; new environments read the other region's replica.",
  cloud: { regions: 2 },
  secondsMax: { short: 240, long: 400 },
  async run(stage, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { near } = stage.cloud;
    const event = `down-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const identities = await stage.addDevices(count);
    const devices = identities.map((who) =>
      stage.device(who, { endpoints: [near.mqtt], functions: { echo: () => 3 } }),
    );
    await Promise.all(devices.map((device) => device.connect()));
    const load = steadily(perSecond, publishConfirmed(devices, event, books));
    stage.atEnd(load.stop);
    await waitFor(() => books.ids().delivered > 2 * perSecond, deliveredMs);

    const error = { status: 500, code: "InternalServerError" };
    await near.control.fault("tables", { error });
    const from = performance.now();
    await wait(downMs / 2);
    // Whoever starts now has nothing in memory.
    await near.control.stop("functions");
    await near.control.start("functions");
    const freshFrom = performance.now();
    await wait(downMs / 2);
    const to = performance.now();
    load.stop();
    const drainedMs = await waitFor(() => books.missing() === 0, deliveredMs);
    const during = books.latenciesMs(from, freshFrom);
    await near.control.fault("tables");
    const recoverMs = await waitFor(() => books.missing() === 0, deliveredMs);
    const answered = await answering(stage, identities);
    const ids = books.ids();
    return {
      checks: [
        within("all are delivered before the database is back", drainedMs, deliveredMs),
        within("events meanwhile, 99 % of them, are delivered", percentile(during, 0.99), p99MsMax),
        exactly("lost", ids.lost, 0),
        exactly("devices that a call reaches afterwards", answered, count),
      ],
      recoverMs,
      ids,
      facts: {
        "the database was down for": `${Math.round((to - from) / 1_000)} s`,
        "events by environments that started meanwhile": books.latenciesMs(freshFrom, to).length,
      },
    };
  },
};
