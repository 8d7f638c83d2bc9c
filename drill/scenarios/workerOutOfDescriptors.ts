import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { atMost, exactly, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker, sumCounts } from "../load/eventTracker.ts";
import { publishConfirmed, roundRobin } from "../load/publish.ts";
import { startTarget } from "../load/target.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { seconds: 10, withoutSeconds: 5, hanging: 3, perHanging: 60 },
  long: { seconds: 120, withoutSeconds: 60, hanging: 3, perHanging: 400 },
} as const;

const perSecond = 10;
const devices = 3;
const looksPerSecond = 10;
/** What a worker could not send is held back for up to 10 s, and for a minute more when it could not read the integration. */
const deliveredMs = 90_000;

/** What Lambda gives one worker; here it is for the broker, queues, tables and all workers together. */
const descriptorsMax = 1_024;
/** What targets that hang leave at least, and what is none: what has just been given back is taken in the next moment. */
const leftMin = 128;
const noneMax = 8;

/** Some targets hang, and the process that delivers has few descriptors; then it has none. */
export const workerOutOfDescriptors: Drill = {
  name: "2020-10-worker-out-of-descriptors",
  incident:
    "2020-10: one of several integration workers ran out of file descriptors behind targets that hung; what came upstream of the queue was lost, and nobody was told.",
  promise:
    "Who hangs does not use up what a worker has, and a target that is well gets everything. When descriptors run out all the same, nothing that was accepted is lost.",
  cloud: { regions: 1, descriptorsMax },
  secondsMax: { short: 240, long: 400 },
  async run(context, form) {
    const { seconds, withoutSeconds, hanging, perHanging } = sizes[form];
    const well = createEventTracker(`well-${context.runId}`);
    await context.trackDeliveries(`well-${context.runId}`, well);
    const fresh = createEventTracker(`fresh-${context.runId}`);
    const elsewhere = await startTarget();
    context.onCleanup(elsewhere.stop);
    await context.trackDeliveries(`fresh-${context.runId}`, fresh, elsewhere);
    const hung: ServerResponse[] = [];
    const names = Array.from({ length: hanging }, (_, i) => `hangs${i}-${context.runId}`);
    for (const name of names) {
      const url = context.target.path(name, (_, response) => void hung.push(response));
      await context.addWebhook(name, url);
    }
    const identities = await context.addDevices(devices);
    const clients = identities.map((who) => context.device(who));
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
    const load = atFixedRate(perSecond, publishConfirmed(clients, `well-${context.runId}`, well));
    context.onCleanup(load.stop);
    let most = 0;
    const look = atFixedRate(looksPerSecond, async () => {
      most = Math.max(most, (await context.cloud.descriptors()) ?? 0);
    });
    context.onCleanup(look.stop);
    await wait(seconds * 1_000);
    const mostHung = most;
    const take = takeDescriptors(context);
    // Who has been reached before is reached by the connections that are there.
    const publishFresh = publishConfirmed(clients, `fresh-${context.runId}`, fresh);
    const freshLoad = atFixedRate(perSecond, publishFresh);
    context.onCleanup(freshLoad.stop);
    await wait(withoutSeconds * 1_000);
    load.stop();
    freshLoad.stop();
    const left = descriptorsMax - most;
    take.giveBack();
    // On Lambda a worker that fails is replaced, and what it held is seen again when its visibility time-out is over, after six minutes.
    await context.cloud.primary.control.stop("functions");
    await context.cloud.primary.control.start("functions");
    const timeToRecoverMs = await waitFor(
      () => well.missing() + fresh.missing() === 0,
      deliveredMs,
    );
    look.stop();
    const counts = sumCounts(well.counts(), fresh.counts());
    return {
      checks: [
        exactly("accepted for the targets that hang", accepted, hanging * perHanging),
        within("targets that are well have everything", timeToRecoverMs, deliveredMs),
        exactly("lost", counts.lost, 0),
        atMost("descriptors in use while targets hang", mostHung, descriptorsMax - leftMin),
        atMost("descriptors left when they run out", left, noneMax),
      ],
      timeToRecoverMs,
      counts,
      details: {
        "descriptors that the process may have": descriptorsMax,
        "attempts that hung": hung.length,
      },
    };
  },
};

/** Takes all descriptors that the cloud has left: each connection to its API costs it one. */
const takeDescriptors = ({ cloud }: DrillContext) => {
  const { hostname, port } = new URL(cloud.primary.api);
  const sockets = Array.from({ length: descriptorsMax }, () =>
    connect({ host: hostname, port: Number(port) }).on("error", () => {}),
  );
  return {
    giveBack() {
      for (const socket of sockets) socket.destroy();
    },
  };
};
