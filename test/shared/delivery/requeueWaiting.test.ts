import { describe, expect, it } from "vitest";
import type { Delivery } from "#shared/delivery/delivery.ts";
import {
  requeueDeliveriesMax,
  requeueLateMs,
  requeueMinutes,
  requeuePageMax,
  waitingShards,
} from "#shared/delivery/limits.ts";
import { requeueWaiting } from "#shared/delivery/requeueWaiting.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryWaitingDeliveries } from "../../memory/delivery/waitingDeliveries.ts";
import { down } from "../../memory/down.ts";
import { aDelivery, someTime, stoppedClock } from "../../memory/samples.ts";

const world = async (...waiting: Delivery[]) => {
  const clock = stoppedClock();
  const malformed: string[] = [];
  const deps = {
    waiting: memoryWaitingDeliveries(),
    deliveries: memoryDeliveries(),
    unreadable: { put: async (body: string) => void malformed.push(body) },
    now: clock.now,
    clock,
    malformed,
  };
  for (const one of waiting) await deps.waiting.keep(one);
  return deps;
};

const many = (count: number, notBefore = someTime) =>
  Array.from({ length: count }, (_, i) => aDelivery({ id: `m${i}`, notBefore }));

const late = someTime + 1_000_000;
const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id).sort();

describe("deliveries that wait in the table", () => {
  it("are requeued if they are due before the next run, and no others", async () => {
    const minuteMs = requeueMinutes * 60_000;
    const due = aDelivery({ id: "due", attempts: 3, notBefore: someTime + minuteMs - 1 });
    const later = aDelivery({ id: "later", notBefore: someTime + minuteMs });
    const deps = await world(due, later);
    expect(await requeueWaiting(late, deps)).toEqual({ requeued: 1, late: 0, unreadable: 0 });
    expect(deps.deliveries.queued).toEqual([due]);
    expect(deps.waiting.kept()).toEqual([later]);
  });

  it("are all requeued, page by page, after a long outage", async () => {
    const all = many(3 * requeuePageMax + 1);
    const deps = await world(...all);
    deps.clock.ms += requeueLateMs + 1;
    expect(await requeueWaiting(deps.now() + 1, deps)).toMatchObject({
      requeued: all.length,
      late: all.length,
    });
    expect(ids(deps.deliveries.queued)).toEqual(ids(all));
    expect(deps.waiting.kept()).toEqual([]);
  });

  it("stay while the table is unavailable, and are requeued afterwards", async () => {
    const all = many(3);
    const deps = await world(...all);
    await expect(requeueWaiting(late, { ...deps, waiting: down(deps.waiting) })).rejects.toThrow(
      "the database is down",
    );
    expect(deps.deliveries.queued).toEqual([]);
    expect(await requeueWaiting(late, deps)).toMatchObject({ requeued: 3 });
  });

  it("are requeued at most at the maximum per run", async () => {
    const shardMax = requeueDeliveriesMax / waitingShards;
    const deps = await world(...many(shardMax + 50));
    expect(await requeueWaiting(late, deps)).toMatchObject({ requeued: shardMax });
    expect(await requeueWaiting(late, deps)).toMatchObject({ requeued: 50 });
  });

  it("wait for the next run when this one has no time left", async () => {
    const deps = await world(aDelivery());
    expect(await requeueWaiting(someTime, deps)).toMatchObject({ requeued: 0 });
    expect(await requeueWaiting(someTime + 1, deps)).toMatchObject({ requeued: 1 });
  });

  it("stay if the queue does not accept them, and only they", async () => {
    const deps = await world(...many(3));
    const stubborn = { ...deps, deliveries: memoryDeliveries(({ id }) => id === "m1") };
    await expect(requeueWaiting(late, stubborn)).rejects.toThrow("did not accept");
    expect(ids(deps.waiting.kept())).toEqual(["m1"]);
    expect(ids(stubborn.deliveries.queued)).toEqual(["m0", "m2"]);
  });

  it("are requeued twice rather than never after a crash", async () => {
    const deps = await world(aDelivery());
    const remove = async () => Promise.reject(new Error("crashes"));
    const dying = { ...deps, waiting: { ...deps.waiting, remove } };
    await expect(requeueWaiting(late, dying)).rejects.toThrow("crashes");
    await requeueWaiting(late, deps);
    expect(ids(deps.deliveries.queued)).toEqual(["msg_1", "msg_1"]);
    expect(deps.waiting.kept()).toEqual([]);
  });

  it("that are malformed go to the dead-letter queue and block no others", async () => {
    const deps = await world(aDelivery());
    deps.waiting.rows.set("000000000000001#x", "garbage");
    expect(await requeueWaiting(late, deps)).toMatchObject({ requeued: 1, unreadable: 1 });
    expect(deps.malformed).toEqual(["garbage"]);
    expect(deps.waiting.kept()).toEqual([]);
  });

  it("of a failing shard do not block the other shards", async () => {
    const deps = await world(aDelivery());
    const { due } = deps.waiting;
    const failing: typeof due = (shard, page) =>
      shard === 1 ? Promise.reject(new Error("throttled")) : due(shard, page);
    const waiting = { ...deps.waiting, due: failing };
    await expect(requeueWaiting(late, { ...deps, waiting })).rejects.toThrow("throttled");
    expect(ids(deps.deliveries.queued)).toEqual(["msg_1"]);
  });
});
