import { setTimeout as wait } from "node:timers/promises";
import { atMost, exactly, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker, sumCounts } from "../load/eventTracker.ts";
import { publishDurably } from "../load/publish.ts";
import { countCallable, onlineStates } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { devices: 5, perSecond: 20, awayMs: 6_000 },
  long: { devices: 50, perSecond: 100, awayMs: 60_000 },
} as const;

/** A device waits at random for up to a second, then two, and goes to the next endpoint after each failure. */
const movedMs = 20_000;
const deliveredMs = 40_000;
const agreedMs = 60_000;

/** One of two regions is gone at once, with messages in its queues, and comes back. */
export const regionLost: Drill = {
  name: "region-lost",
  incident: "Any year: a whole region is gone, with what lies in its queues.",
  promise:
    "Devices and users of the API carry on in the other region; what lay in the lost one is delivered when it is back, and both say the same of who is online.",
  cloud: { regions: 2 },
  secondsMax: { short: 240, long: 400 },
  async run(context, form) {
    const { devices: count, perSecond, awayMs } = sizes[form];
    const { primary } = context.cloud;
    const secondary = context.cloud.secondary();
    const event = `lost-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((who) =>
      context.device(who, { outbox: context.outbox(who), functions: { echo: () => 4 } }),
    );
    await Promise.all(devices.map((device) => device.connect()));
    const load = atFixedRate(perSecond, publishDurably(devices, event, tracker));
    context.onCleanup(load.stop);
    await waitFor(() => tracker.counts().delivered > 2 * perSecond, deliveredMs);
    context.ageConnections();

    // So that something lies in its queues, durable and not delivered, when it goes.
    const stuck = await fillQueues(context, event);
    await primary.control.stop();
    const timeToDetectMs = await waitFor(
      () => devices.every(({ connected }) => !connected),
      movedMs,
    );
    const movedAfterMs = await waitFor(() => devices.every(({ connected }) => connected), movedMs);
    const movedAt = performance.now();
    const [online, answered] = [
      (await onlineStates(context, identities, secondary)).filter((is) => is === true).length,
      await countCallable(context, identities, secondary),
    ];
    await wait(awayMs);
    load.stop();
    // What was acknowledged before may lie in the lost region's queues.
    const carriedOnMs = await waitFor(() => tracker.missing(movedAt) === 0, deliveredMs);
    const before = { secondary: tracker.counts(), stuck: stuck.tracker.counts() };

    await primary.control.start();
    const timeToRecoverMs = await waitFor(
      () => stuck.tracker.missing() + tracker.missing() === 0,
      deliveredMs,
    );
    const agreeMs = await waitFor(async () => {
      const said = await Promise.all(
        [primary, secondary].map((region) => onlineStates(context, identities, region)),
      );
      return said.flat().every((is) => is === true);
    }, agreedMs);
    const [counts, stuckCounts] = [tracker.counts(), stuck.tracker.counts()];
    return {
      checks: [
        within("devices are in the other region by themselves", movedAfterMs, movedMs),
        exactly("devices that its API calls online", online, count),
        exactly("devices that a call through it reaches", answered, count),
        within("their events are delivered there", carriedOnMs, deliveredMs),
        exactly("missing while the region is away", before.stuck.lost, stuckCounts.accepted),
        within("what lay in the lost region's queues is delivered", timeToRecoverMs, deliveredMs),
        exactly("lost", counts.lost + stuckCounts.lost, 0),
        // Whoever moves publishes again what has no ack yet, and the other region has not seen it.
        atMost("repeated", counts.repeated, count * perSecond),
        within("both regions call all devices online", agreeMs, agreedMs),
      ],
      timeToDetectMs,
      timeToRecoverMs,
      counts: sumCounts(counts, stuckCounts),
      details: {
        devices: count,
        "the region was away for": `${awayMs / 1_000} s`,
        "in its queues when it went": stuckCounts.accepted,
      },
    };
  },
};

const stuckEvents = 50;

/** Events that the broker has confirmed and no function has taken: they lie in the queue. */
const fillQueues = async (context: DrillContext, event: string) => {
  const { primary } = context.cloud;
  const name = `stuck-${event}`;
  const tracker = createEventTracker(name);
  await context.trackDeliveries(name, tracker);
  const [who] = await context.addDevices(1);
  if (who === undefined) throw new Error("no device");
  const device = context.device(who, { endpoints: [primary.mqtt] });
  await device.connect();
  await primary.control.stop("functions");
  for (let i = 0; i < stuckEvents; i += 1) {
    const id = tracker.publish();
    await device.publish(name, id, { durable: false });
    tracker.recordAccepted(id);
  }
  return { tracker };
};
