import { exactly, within } from "../checks.ts";
import type { Drill } from "../drill.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { events: 300, withinMs: 30_000 },
  long: { events: 5_000, withinMs: 180_000 },
} as const;

const devices = 4;

/** SQS rejects every request for a while. */
export const queueServiceDown: Drill = {
  name: "queue-service-down",
  incident:
    "2020-10: events published while the queue service failed were lost before they reached a queue.",
  promise:
    "The rule's error action stores the events in S3. The cloud recovers them within a bounded time, each once per id.",
  pages: {
    required: ["a-rule-fails"],
    allowed: [
      ...["a-function-fails", "a-route-of-the-api-fails", "failed-events-wait-in-s3"],
      // SQS accepts nothing for longer than a minute, also no deletion.
      "a-queue-is-not-processed",
    ],
    names: { "a-rule-fails": /PipelineRuleFailed/ },
  },
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 300 },
  async run(context, form) {
    const { events, withinMs } = sizes[form];
    const { primary } = context.cloud;
    const event = `stored-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(devices);
    const clients = identities.map((identity) => context.device(identity));
    await Promise.all(clients.map((device) => device.connect()));

    context.pages.begin();
    await primary.control.fault("queues", { error: { status: 503, code: "ServiceUnavailable" } });
    await Promise.all(
      Array.from({ length: events }, async (_, i) => {
        const id = tracker.publish();
        await clients[i % devices]?.publish(event, id, { durable: false });
        tracker.recordAccepted(id);
      }),
    );
    const accepted = tracker.counts().accepted;
    const keptInS3 = tracker.missing();
    await context.pages.beforeRecovery();
    await primary.control.fault("queues");
    const begun = performance.now();
    // The schedule runs `recover` once a minute. The short form does not wait for it.
    if (form === "short") await context.cloud.invoke("recover");
    const delivered = await waitFor(() => tracker.missing() === 0, withinMs);
    const timeToRecoverMs = delivered === undefined ? undefined : performance.now() - begun;
    // Run it again: it must not send events that are already in the queue.
    await context.cloud.invoke("recover");
    const counts = tracker.counts();
    return {
      checks: [
        exactly("accepted while SQS fails", accepted, events),
        exactly("stored in S3", keptInS3, events),
        within("all events recovered and delivered", timeToRecoverMs, withinMs),
        exactly("lost", counts.lost, 0),
        exactly("repeated", counts.repeated, 0),
      ],
      timeToRecoverMs,
      counts,
      details: {
        "recovered per second": Math.round(events / ((timeToRecoverMs ?? withinMs) / 1_000)),
      },
    };
  },
};
