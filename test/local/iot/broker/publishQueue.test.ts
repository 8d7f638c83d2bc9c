import { describe, expect, it } from "vitest";
import { trackInFlight } from "../../../../local/iot/broker/inFlightWork.ts";
import {
  createPublishQueue,
  type PublishQueue,
} from "../../../../local/iot/broker/publishQueue.ts";
import {
  publishesInFlightMax,
  publishesInFlightTotalMax,
  publishesWaitingMax,
} from "../../../../local/iot/limits.ts";

const gate = () => Promise.withResolvers<void>();

/** A queue whose works and results are promises. */
const openQueue = (inFlight = trackInFlight()) => {
  const queue: PublishQueue = createPublishQueue(inFlight);
  return {
    run: (work: () => Promise<void>) =>
      new Promise<void>((resolve, reject) =>
        queue.run(
          (settled) => void work().then(() => settled(), settled),
          (error) => (error === undefined ? resolve() : reject(error)),
        ),
      ),
  };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the publishes of a connection", () => {
  it("run concurrently up to IoT Core's limit, and the others afterwards", async () => {
    const publishQueue = openQueue();
    const gates = Array.from({ length: publishesInFlightMax + 2 }, gate);
    let started = 0;
    const all = gates.map(({ promise }) =>
      publishQueue.run(() => {
        started += 1;
        return promise;
      }),
    );
    await turn();
    expect(started).toBe(publishesInFlightMax);
    gates[5]!.resolve();
    await turn();
    expect(started).toBe(publishesInFlightMax + 1);
    for (const { resolve } of gates) resolve();
    await Promise.all(all);
    expect(started).toBe(publishesInFlightMax + 2);
  });

  it("complete in order", async () => {
    const publishQueue = openQueue();
    const [first, second] = [gate(), gate()];
    const ended: string[] = [];
    const all = [
      publishQueue.run(() => first.promise).then(() => ended.push("first")),
      publishQueue.run(() => second.promise).then(() => ended.push("second")),
    ];
    second.resolve();
    await turn();
    expect(ended).toEqual([]);
    first.resolve();
    await Promise.all(all);
    expect(ended).toEqual(["first", "second"]);
  });

  it("continue after a failure", async () => {
    const publishQueue = openQueue();
    const failing = publishQueue.run(async () => {
      throw new Error("no");
    });
    const next = publishQueue.run(async () => {});
    await expect(failing).rejects.toThrow("no");
    await next;
  });

  it("are rejected when too many wait", async () => {
    const publishQueue = openQueue();
    const { promise, resolve } = gate();
    const many = Array.from({ length: publishesInFlightMax + publishesWaitingMax }, () =>
      publishQueue.run(() => promise),
    );
    await expect(publishQueue.run(() => promise)).rejects.toThrow("too many");
    resolve();
    await Promise.all(many);
  });

  it("are rejected when those of all connections are too many", async () => {
    const inFlight = trackInFlight();
    const { promise, resolve } = gate();
    const others = publishesInFlightTotalMax - 1;
    for (let i = 0; i < others; i += 1) inFlight.begin();
    const last = openQueue(inFlight).run(() => promise);
    await expect(openQueue(inFlight).run(() => promise)).rejects.toThrow("too many");
    resolve();
    await last;
    await openQueue(inFlight).run(async () => {});
  });

  it("are waited for by a stop, those that have not started included", async () => {
    const inFlight = trackInFlight();
    const queue = openQueue(inFlight);
    const { promise, resolve } = gate();
    let done = 0;
    const all = Array.from({ length: publishesInFlightMax + 10 }, () =>
      queue.run(() => promise).then(() => (done += 1)),
    );
    const ended = inFlight.ended(60_000).then(() => done);
    resolve();
    expect(await ended).toBe(publishesInFlightMax + 10);
    await Promise.all(all);
  });
});
