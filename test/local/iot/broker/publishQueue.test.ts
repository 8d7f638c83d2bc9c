import { describe, expect, it } from "vitest";
import { createPublishQueue } from "../../../../local/iot/broker/publishQueue.ts";
import { publishesInFlightMax, publishesWaitingMax } from "../../../../local/iot/limits.ts";

const gate = () => Promise.withResolvers<void>();

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the publishes of a connection", () => {
  it("run concurrently up to IoT Core's limit, and the others afterwards", async () => {
    const publishQueue = createPublishQueue();
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
    const publishQueue = createPublishQueue();
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
    const publishQueue = createPublishQueue();
    const failing = publishQueue.run(async () => {
      throw new Error("no");
    });
    const next = publishQueue.run(async () => {});
    await expect(failing).rejects.toThrow("no");
    await next;
  });

  it("are rejected when too many wait", async () => {
    const publishQueue = createPublishQueue();
    const { promise, resolve } = gate();
    const many = Array.from({ length: publishesInFlightMax + publishesWaitingMax }, () =>
      publishQueue.run(() => promise),
    );
    await expect(publishQueue.run(() => promise)).rejects.toThrow("too many");
    resolve();
    await Promise.all(many);
  });
});
