import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { openBooks, together } from "./books.ts";
import type { Drill } from "./drill.ts";
import { atMost, exactly, within } from "./found.ts";
import { inTurn } from "./inTurn.ts";
import { publishConfirmed } from "./publishConfirmed.ts";
import type { Stage } from "./stage.ts";
import { steadily } from "./steadily.ts";
import { startTarget } from "./target.ts";
import { waitFor } from "./waitFor.ts";

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
  happened:
    "2020-10: one of several integration workers ran out of file descriptors behind targets that hung; what came upstream of the queue was lost, and nobody was told.",
  promise:
    "Who hangs does not use up what a worker has, and a target that is well gets everything. When descriptors run out all the same, nothing that was accepted is lost.",
  cloud: { regions: 1, descriptorsMax },
  secondsMax: { short: 240, long: 400 },
  async run(stage, form) {
    const { seconds, withoutSeconds, hanging, perHanging } = sizes[form];
    const well = openBooks(`well-${stage.word}`);
    await stage.deliverInto(`well-${stage.word}`, well);
    const fresh = openBooks(`fresh-${stage.word}`);
    const elsewhere = await startTarget();
    stage.atEnd(elsewhere.stop);
    await stage.deliverInto(`fresh-${stage.word}`, fresh, elsewhere);
    const hung: ServerResponse[] = [];
    const names = Array.from({ length: hanging }, (_, i) => `hangs${i}-${stage.word}`);
    for (const name of names) {
      const url = stage.target.path(name, (_, response) => void hung.push(response));
      await stage.webhook(name, url);
    }
    const identities = await stage.addDevices(devices);
    const clients = identities.map((who) => stage.device(who));
    await Promise.all(clients.map((device) => device.connect()));
    const next = inTurn(clients);
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
    const load = steadily(perSecond, publishConfirmed(clients, `well-${stage.word}`, well));
    stage.atEnd(load.stop);
    let most = 0;
    const look = steadily(looksPerSecond, async () => {
      most = Math.max(most, (await stage.cloud.descriptors()) ?? 0);
    });
    stage.atEnd(look.stop);
    await wait(seconds * 1_000);
    const mostHung = most;
    const take = takeDescriptors(stage);
    // Who has been reached before is reached by the connections that are there.
    const publishFresh = publishConfirmed(clients, `fresh-${stage.word}`, fresh);
    const freshLoad = steadily(perSecond, publishFresh);
    stage.atEnd(freshLoad.stop);
    await wait(withoutSeconds * 1_000);
    load.stop();
    freshLoad.stop();
    const left = descriptorsMax - most;
    take.giveBack();
    // On Lambda a worker that fails is replaced, and what it held is seen again when its visibility time-out is over, after six minutes.
    await stage.cloud.near.control.stop("functions");
    await stage.cloud.near.control.start("functions");
    const recoverMs = await waitFor(() => well.missing() + fresh.missing() === 0, deliveredMs);
    look.stop();
    const ids = together(well.ids(), fresh.ids());
    return {
      checks: [
        exactly("accepted for the targets that hang", accepted, hanging * perHanging),
        within("targets that are well have everything", recoverMs, deliveredMs),
        exactly("lost", ids.lost, 0),
        atMost("descriptors in use while targets hang", mostHung, descriptorsMax - leftMin),
        atMost("descriptors left when they run out", left, noneMax),
      ],
      recoverMs,
      ids,
      facts: {
        "descriptors that the process may have": descriptorsMax,
        "attempts that hung": hung.length,
      },
    };
  },
};

/** Takes all descriptors that the cloud has left: each connection to its API costs it one. */
const takeDescriptors = ({ cloud }: Stage) => {
  const { hostname, port } = new URL(cloud.near.api);
  const sockets = Array.from({ length: descriptorsMax }, () =>
    connect({ host: hostname, port: Number(port) }).on("error", () => {}),
  );
  return {
    giveBack() {
      for (const socket of sockets) socket.destroy();
    },
  };
};
