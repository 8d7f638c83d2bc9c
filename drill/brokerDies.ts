import { setTimeout as wait } from "node:timers/promises";
import type { Device } from "../device/device.ts";
import { answering, presence } from "./askDevices.ts";
import { openBooks } from "./books.ts";
import type { Drill } from "./drill.ts";
import { exactly, seconds, within } from "./found.ts";
import { publishDurably } from "./publishDurably.ts";
import type { DrillIdentity, Stage } from "./stage.ts";
import { steadily } from "./steadily.ts";
import { waitFor } from "./waitFor.ts";

const sizes = {
  short: { devices: 10, perSecond: 40, downMs: 3_000 },
  long: { devices: 100, perSecond: 200, downMs: 20_000 },
} as const;

/** Without a connection a device's waits double: the last one is about as long as the broker was away. */
const backMs = (downMs: number): number => 2 * downMs + 15_000;
const noticedMs = 5_000;
/** All of them are asked about, a few at a time. */
const presentMsMax = 15_000;

/** The broker ends without a word and is there again after a while. */
export const brokerDies: Drill = {
  name: "2018-03-broker-dies",
  happened:
    "2018-03: the one device broker died with its server; devices that were connected could reach nobody and were reported offline.",
  promise:
    "Devices come back by themselves, their outboxes lose nothing, and presence is asked of the broker: nobody is called offline while nobody can be asked.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 240 },
  async run(stage, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { near } = stage.cloud;
    const event = `dies-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const identities = await stage.addDevices(count);
    const devices = identities.map((who) => callable(stage, who));
    await Promise.all(devices.map((device) => device.connect()));
    const load = steadily(perSecond, publishDurably(devices, event, books));
    stage.atEnd(load.stop);
    await waitFor(() => books.ids().delivered > perSecond, presentMsMax);
    stage.age();

    await near.control.stop("broker");
    const detectMs = await waitFor(() => devices.every(({ connected }) => !connected), noticedMs);
    const gone = performance.now();
    const [said] = await Promise.all([presence(stage, identities), wait(downMs)]);
    await near.control.start("broker");
    const outageMs = performance.now() - gone;
    const backMsMax = backMs(outageMs);
    const recoverMs = await waitFor(() => devices.every(({ connected }) => connected), backMsMax);
    load.stop();
    const presentMs = await waitFor(
      async () => (await presence(stage, identities)).every((is) => is === true),
      presentMsMax,
    );
    const answered = await answering(stage, identities);
    const deliveredMs = await waitFor(() => books.missing() === 0, backMsMax);
    await Promise.all(devices.map((device) => device.flush()));
    const ids = books.ids();
    return {
      checks: [
        within("every device notices", detectMs, noticedMs),
        exactly(
          "said to be offline while nobody could say",
          said.filter((is) => is === false).length,
          0,
        ),
        within("every device is back by itself", recoverMs, backMsMax),
        within("the API says that all are online", presentMs, presentMsMax),
        exactly("devices that a call reaches", answered, count),
        within("the outboxes' events are delivered", deliveredMs, backMsMax),
        exactly("lost", ids.lost, 0),
        exactly("repeated", ids.repeated, 0),
      ],
      detectMs,
      recoverMs,
      ids,
      facts: { devices: count, "the broker was away for": seconds(outageMs) },
    };
  },
};

const callable = (stage: Stage, who: DrillIdentity): Device =>
  stage.device(who, { outbox: stage.outbox(who), functions: { echo: () => 7 } });
