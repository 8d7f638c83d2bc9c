import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { atMost, exactly, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker, type EventTracker, sumCounts } from "../load/eventTracker.ts";
import { publishConfirmed, roundRobin } from "../load/publish.ts";
import { startTarget } from "../load/target.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { seconds: 10, exhaustedSeconds: 5, hanging: 3, perHanging: 60 },
  long: { seconds: 120, exhaustedSeconds: 60, hanging: 3, perHanging: 400 },
} as const;

const perSecond = 10;
const devices = 3;
const samplesPerSecond = 10;
/**
 * Bound: a delivery that a worker could not send is delayed by up to 10 s, and by one more minute
 * if the worker could not read the integration.
 */
const deliveredMs = 90_000;

/** Events are published for this time before the first page can come. */
const oneWorkerMsMin = 3_000;
/** Bound: a held delivery is due after at most 10 s, or its batch visible again after 5 s. */
const retriedMs = 30_000;

/** Lambda's limit for one worker. Here broker, queues, tables and all workers share it. */
const descriptorsMax = 1_024;
/** Minimum of free descriptors while targets hang, and the maximum that counts as exhausted. */
const freeMin = 128;
const exhaustedMax = 8;

/** Some targets hang and the delivering process has few file descriptors; then it has none. */
export const workerOutOfDescriptors: Drill = {
  name: "2020-10-worker-out-of-descriptors",
  incident:
    "2020-10: one of several integration workers ran out of file descriptors because of hanging targets; events upstream of the queue were lost without an alarm.",
  promise:
    "Hanging targets do not exhaust the descriptors of a worker. A worker whose descriptors run out is named by a page and replaced, and others deliver its events. If the descriptors of all workers run out, no accepted event is lost.",
  pages: {
    required: ["a-worker-cannot-make-requests"],
    // The worker ends itself, which is an error of the function. In the end no worker has
    // descriptors left.
    allowed: ["a-function-fails", "a-queue-is-not-processed"],
  },
  cloud: { regions: 1, descriptorsMax },
  secondsMax: { short: 240, long: 600 },
  async run(context, form) {
    const { seconds, exhaustedSeconds, hanging, perHanging } = sizes[form];
    const healthy = createEventTracker(`healthy-${context.runId}`);
    await context.trackDeliveries(`healthy-${context.runId}`, healthy);
    const fresh = createEventTracker(`fresh-${context.runId}`);
    const otherTarget = await startTarget();
    context.onCleanup(otherTarget.stop);
    const freshUrl = otherTarget.path(`fresh-${context.runId}`, (data, response) => {
      fresh.recordArrival(data);
      // Each delivery needs a connection, and with it a descriptor.
      response.setHeader("connection", "close");
      response.end();
    });
    await context.addWebhook(`fresh-${context.runId}`, freshUrl);
    const hung: ServerResponse[] = [];
    const names = Array.from({ length: hanging }, (_, i) => `hangs${i}-${context.runId}`);
    for (const name of names) {
      const url = context.target.path(name, (_, response) => void hung.push(response));
      await context.addWebhook(name, url);
    }
    const identities = await context.addDevices(devices);
    const clients = identities.map((identity) => context.device(identity));
    await Promise.all(clients.map((device) => device.connect()));
    const next = roundRobin(clients);
    let accepted = 0;
    for (let i = 0; i < perHanging; i += 1) {
      for (const name of names) {
        void next()
          ?.publish(name, `${i}`, { durable: false })
          .then(
            () => {
              accepted += 1;
            },
            () => {},
          );
      }
    }
    const load = atFixedRate(
      perSecond,
      publishConfirmed(clients, `healthy-${context.runId}`, healthy),
    );
    context.onCleanup(load.stop);
    let most = 0;
    const sampler = atFixedRate(samplesPerSecond, async () => {
      most = Math.max(most, (await context.cloud.descriptors()) ?? 0);
    });
    context.onCleanup(sampler.stop);
    await wait(seconds * 1_000);
    const mostHung = most;
    const publishFresh = publishConfirmed(clients, `fresh-${context.runId}`, fresh);
    const freshLoad = atFixedRate(perSecond, publishFresh);
    context.onCleanup(freshLoad.stop);
    const oneWorkerMs = await exhaustOneWorker(context, [healthy, fresh]);
    const descriptors = exhaustDescriptors(context);
    await wait(exhaustedSeconds * 1_000);
    load.stop();
    freshLoad.stop();
    const left = descriptorsMax - most;
    descriptors.release();
    // Lambda replaces a failing worker. Its messages are visible again after the timeout of 6
    // minutes.
    await context.cloud.primary.control.stop("functions");
    await context.cloud.primary.control.start("functions");
    const timeToRecoverMs = await waitFor(
      () => healthy.missing() + fresh.missing() === 0,
      deliveredMs,
    );
    sampler.stop();
    const counts = sumCounts(healthy.counts(), fresh.counts());
    return {
      checks: [
        exactly("accepted for the hanging targets", accepted, hanging * perHanging),
        within(
          "other workers deliver the events of one without descriptors",
          oneWorkerMs,
          retriedMs,
        ),
        within("healthy targets have every event", timeToRecoverMs, deliveredMs),
        exactly("lost", counts.lost, 0),
        atMost("descriptors in use while targets hang", mostHung, descriptorsMax - freeMin),
        atMost("free descriptors when exhausted", left, exhaustedMax),
      ],
      timeToRecoverMs,
      counts,
      details: {
        "descriptor limit": descriptorsMax,
        "hanging attempts": hung.length,
      },
    };
  },
};

const worker = { function: "deliver", article: "a-worker-cannot-make-requests" };

/**
 * Takes the descriptors of one of several workers, and waits until a page names it. Returns how
 * long the other workers need for the events of that time, in ms.
 */
const exhaustOneWorker = async (
  { cloud, pages }: DrillContext,
  trackers: readonly EventTracker[],
): Promise<number | undefined> => {
  pages.begin();
  const begun = performance.now();
  const name = await cloud.primary.control.exhaustDescriptors(worker.function);
  pages.expectName(worker.article, name);
  await wait(oneWorkerMsMin);
  const published = performance.now();
  const missing = () =>
    trackers.reduce((sum, one) => sum + one.missing(begun) - one.missing(published), 0);
  const deliveredAfterMs = await waitFor(() => missing() === 0, retriedMs);
  await pages.beforeRecovery();
  return deliveredAfterMs;
};

/** Exhausts the descriptors of the cloud: each connection to its API takes one. */
const exhaustDescriptors = ({ cloud }: DrillContext) => {
  const { hostname, port } = new URL(cloud.primary.api);
  const sockets = Array.from({ length: descriptorsMax }, () =>
    connect({ host: hostname, port: Number(port) }).on("error", () => {}),
  );
  return {
    release() {
      for (const socket of sockets) socket.destroy();
    },
  };
};
