import { setTimeout as wait } from "node:timers/promises";
import type { Device } from "../../device/device.ts";
import { exactly, formatSeconds, within } from "../checks.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { publishDurably } from "../load/publish.ts";
import { countCallable, onlineStates } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

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
  incident:
    "2018-03: the one device broker died with its server; devices that were connected could reach nobody and were reported offline.",
  promise:
    "Devices come back by themselves, their outboxes lose nothing, and presence is asked of the broker: nobody is called offline while nobody can be asked.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 240 },
  async run(context, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { primary } = context.cloud;
    const event = `dies-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((who) => callable(context, who));
    await Promise.all(devices.map((device) => device.connect()));
    const load = atFixedRate(perSecond, publishDurably(devices, event, tracker));
    context.onCleanup(load.stop);
    await waitFor(() => tracker.counts().delivered > perSecond, presentMsMax);
    context.ageConnections();

    await primary.control.stop("broker");
    const timeToDetectMs = await waitFor(
      () => devices.every(({ connected }) => !connected),
      noticedMs,
    );
    const gone = performance.now();
    const [said] = await Promise.all([onlineStates(context, identities), wait(downMs)]);
    await primary.control.start("broker");
    const outageMs = performance.now() - gone;
    const backMsMax = backMs(outageMs);
    const timeToRecoverMs = await waitFor(
      () => devices.every(({ connected }) => connected),
      backMsMax,
    );
    load.stop();
    const onlineMs = await waitFor(
      async () => (await onlineStates(context, identities)).every((is) => is === true),
      presentMsMax,
    );
    const answered = await countCallable(context, identities);
    const deliveredMs = await waitFor(() => tracker.missing() === 0, backMsMax);
    await Promise.all(devices.map((device) => device.flush()));
    const counts = tracker.counts();
    return {
      checks: [
        within("every device notices", timeToDetectMs, noticedMs),
        exactly(
          "said to be offline while nobody could say",
          said.filter((is) => is === false).length,
          0,
        ),
        within("every device is back by itself", timeToRecoverMs, backMsMax),
        within("the API says that all are online", onlineMs, presentMsMax),
        exactly("devices that a call reaches", answered, count),
        within("the outboxes' events are delivered", deliveredMs, backMsMax),
        exactly("lost", counts.lost, 0),
        exactly("repeated", counts.repeated, 0),
      ],
      timeToDetectMs,
      timeToRecoverMs,
      counts,
      details: { devices: count, "the broker was away for": formatSeconds(outageMs) },
    };
  },
};

const callable = (context: DrillContext, who: DrillIdentity): Device =>
  context.device(who, { outbox: context.outbox(who), functions: { echo: () => 7 } });
