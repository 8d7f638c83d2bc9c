import { setTimeout as wait } from "node:timers/promises";
import { atMost, type Check, exactly, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { connectPublisher } from "../load/connectPublisher.ts";
import { countedUsage } from "../load/countedUsage.ts";
import { createEventTracker, type EventCounts, sumCounts } from "../load/eventTracker.ts";
import { publishDurably } from "../load/publish.ts";
import { countCallable, onlineStates } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { devices: 5, perSecond: 20, downMs: 6_000 },
  long: { devices: 50, perSecond: 100, downMs: 60_000 },
} as const;

/** Bound for devices to move: two backoff waits, then the next endpoint. */
const movedMs = 20_000;
const deliveredMs = 40_000;
const agreedMs = 60_000;
/** A minute is counted within two minutes of its end. */
const countedMs = 200_000;

/** One of two regions fails with messages in its queues and recovers later. */
export const regionLost: Drill = {
  name: "region-lost",
  incident: "Any year: a whole region fails, with messages in its queues.",
  promise:
    "Devices and API users continue in the other region. Messages in the failed region are delivered when it recovers. Both regions then report the same devices online, and the same usage: each event that was accepted, once in each region that accepted it.",
  pages: {
    // SNS and the watcher of the other region. The short form does not wait for the silence.
    required: ["a-region-is-silent"],
    allowed: [
      "the-watcher-cannot-read-alarms",
      "a-watcher-has-found-a-problem",
      "a-function-fails",
      "a-rule-fails",
      "a-route-of-the-api-fails",
      "a-queue-is-not-processed",
      "the-api-answers-with-errors",
      "the-broker-does-not-answer",
      "the-canary-does-not-run",
    ],
    names: { "a-region-is-silent": /us-east-1/ },
    forms: ["long"],
  },
  cloud: { regions: 2 },
  secondsMax: { short: 240, long: 700 },
  async run(context, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { primary } = context.cloud;
    const secondary = context.cloud.secondary();
    const event = `lost-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((identity) =>
      context.device(identity, { outbox: context.outbox(identity), functions: { echo: () => 4 } }),
    );
    await Promise.all(devices.map((device) => device.connect()));
    const load = atFixedRate(perSecond, publishDurably(devices, event, tracker));
    context.onCleanup(load.stop);
    await waitFor(() => tracker.counts().delivered > 2 * perSecond, deliveredMs);
    context.ageConnections();

    // The region fails with durable, undelivered events in its queues.
    const queued = await fillQueues(context, event);
    context.pages.begin();
    await primary.control.stop();
    const timeToDetectMs = await waitFor(
      () => devices.every(({ connected }) => !connected),
      movedMs,
    );
    const movedAfterMs = await waitFor(() => devices.every(({ connected }) => connected), movedMs);
    const movedAt = performance.now();
    const [online, callable] = [
      (await onlineStates(context, identities, secondary)).filter((is) => is === true).length,
      await countCallable(context, identities, secondary),
    ];
    await wait(downMs);
    load.stop();
    await context.pages.beforeRecovery();
    // Events acknowledged earlier may be in the queues of the failed region.
    const carriedOnMs = await waitFor(() => tracker.missing(movedAt) === 0, deliveredMs);
    const before = { secondary: tracker.counts(), queued: queued.tracker.counts() };

    await primary.control.start();
    const timeToRecoverMs = await waitFor(
      () => queued.tracker.missing() + tracker.missing() === 0,
      deliveredMs,
    );
    const agreeMs = await waitFor(async () => {
      const states = await Promise.all(
        [primary, secondary].map((region) => onlineStates(context, identities, region)),
      );
      return states.flat().every((is) => is === true);
    }, agreedMs);
    const [counts, queuedCounts] = [tracker.counts(), queued.tracker.counts()];
    const sum = sumCounts(counts, queuedCounts);
    // The short form does not wait for two minutes.
    const usage = form === "long" ? await usageChecks(context, sum, count) : [];
    return {
      checks: [
        within("all devices connected to the other region", movedAfterMs, movedMs),
        exactly("devices that its API reports online", online, count),
        exactly("devices reachable by a call through it", callable, count),
        within("new events delivered there", carriedOnMs, deliveredMs),
        exactly("undelivered while the region is down", before.queued.lost, queuedCounts.accepted),
        within("events in the queues of the failed region delivered", timeToRecoverMs, deliveredMs),
        exactly("lost", counts.lost + queuedCounts.lost, 0),
        // A device publishes unacknowledged events again; deduplication is per region.
        atMost("repeated", counts.repeated, count * perSecond),
        within("both regions report all devices online", agreeMs, agreedMs),
        ...usage,
      ],
      timeToDetectMs,
      timeToRecoverMs,
      counts: sum,
      details: {
        devices: count,
        "region down for": `${downMs / 1_000} s`,
        "events in its queues": queuedCounts.accepted,
      },
    };
  },
};

/**
 * Compares the usage that each region shows with the counts of the drill. An event that a device
 * repeated counts again if another region accepted it.
 */
const usageChecks = async (
  context: DrillContext,
  { accepted, repeated }: EventCounts,
  calls: number,
): Promise<Check[]> => {
  const { primary } = context.cloud;
  const regions = [primary, context.cloud.secondary()];
  const read = () => Promise.all(regions.map((region) => countedUsage(context, region)));
  await waitFor(
    async () => (await read()).every(({ publishes }) => publishes >= accepted),
    countedMs,
  );
  return (await read()).flatMap(({ publishes, functions }, i) => [
    {
      promised: `usage in region ${i + 1}: ${accepted} events, and at most ${repeated} repeated`,
      measured: `${publishes}`,
      passed: publishes >= accepted && publishes <= accepted + repeated,
    },
    exactly(`calls in the usage of region ${i + 1}`, functions, calls),
  ]);
};

const queuedEvents = 50;

/** Stops the functions and publishes events, which then wait in the queue. */
const fillQueues = async (context: DrillContext, event: string) => {
  const { primary } = context.cloud;
  const name = `queued-${event}`;
  const { device, tracker } = await connectPublisher(context, name, { endpoints: [primary.mqtt] });
  await primary.control.stop("functions");
  for (let i = 0; i < queuedEvents; i += 1) {
    const id = tracker.publish();
    await device.publish(name, id, { durable: false });
    tracker.recordAccepted(id);
  }
  return { tracker };
};
