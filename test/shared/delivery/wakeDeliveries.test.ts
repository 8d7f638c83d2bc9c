import { describe, expect, it } from "vitest";
import type { Delivery } from "#shared/delivery/delivery.ts";
import {
  waitingShards,
  wakeDeliveriesMax,
  wakeLateMs,
  wakeMinutes,
  wakePageMax,
} from "#shared/delivery/limits.ts";
import { wakeDeliveries } from "#shared/delivery/wakeDeliveries.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryWaitingDeliveries } from "../../memory/delivery/waitingDeliveries.ts";
import { down } from "../../memory/down.ts";
import { aDelivery, someTime, stoppedClock } from "../../memory/samples.ts";

const world = async (...waiting: Delivery[]) => {
  const clock = stoppedClock();
  const strange: string[] = [];
  const needs = {
    waiting: memoryWaitingDeliveries(),
    deliveries: memoryDeliveries(),
    unreadable: { put: async (body: string) => void strange.push(body) },
    now: clock.now,
    clock,
    strange,
  };
  for (const one of waiting) await needs.waiting.keep(one);
  return needs;
};

const many = (count: number, notBefore = someTime) =>
  Array.from({ length: count }, (_, i) => aDelivery({ id: `m${i}`, notBefore }));

const late = someTime + 1_000_000;
const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id).sort();

describe("deliveries that wait in the table", () => {
  it("are brought back when they are due before the next run, and no others", async () => {
    const minuteMs = wakeMinutes * 60_000;
    const due = aDelivery({ id: "due", attempts: 3, notBefore: someTime + minuteMs - 1 });
    const later = aDelivery({ id: "later", notBefore: someTime + minuteMs });
    const needs = await world(due, later);
    expect(await wakeDeliveries(late, needs)).toEqual({ woken: 1, late: 0, unreadable: 0 });
    expect(needs.deliveries.queued).toEqual([due]);
    expect(needs.waiting.kept()).toEqual([later]);
  });

  it("are all brought back, page by page, after nobody looked for a long time", async () => {
    const all = many(3 * wakePageMax + 1);
    const needs = await world(...all);
    needs.clock.ms += wakeLateMs + 1;
    expect(await wakeDeliveries(needs.now() + 1, needs)).toMatchObject({
      woken: all.length,
      late: all.length,
    });
    expect(ids(needs.deliveries.queued)).toEqual(ids(all));
    expect(needs.waiting.kept()).toEqual([]);
  });

  it("stay while the table is down, and all come when it is back", async () => {
    const all = many(3);
    const needs = await world(...all);
    await expect(wakeDeliveries(late, { ...needs, waiting: down(needs.waiting) })).rejects.toThrow(
      "the database is down",
    );
    expect(needs.deliveries.queued).toEqual([]);
    expect(await wakeDeliveries(late, needs)).toMatchObject({ woken: 3 });
  });

  it("come no faster than the queue is to get them", async () => {
    const shardMax = wakeDeliveriesMax / waitingShards;
    const needs = await world(...many(shardMax + 50));
    expect(await wakeDeliveries(late, needs)).toMatchObject({ woken: shardMax });
    expect(await wakeDeliveries(late, needs)).toMatchObject({ woken: 50 });
  });

  it("wait for the next run when this one has no time left", async () => {
    const needs = await world(aDelivery());
    expect(await wakeDeliveries(someTime, needs)).toMatchObject({ woken: 0 });
    expect(await wakeDeliveries(someTime + 1, needs)).toMatchObject({ woken: 1 });
  });

  it("stay when the queue does not take them, and only they", async () => {
    const needs = await world(...many(3));
    const stubborn = { ...needs, deliveries: memoryDeliveries(({ id }) => id === "m1") };
    await expect(wakeDeliveries(late, stubborn)).rejects.toThrow("did not take");
    expect(ids(needs.waiting.kept())).toEqual(["m1"]);
    expect(ids(stubborn.deliveries.queued)).toEqual(["m0", "m2"]);
  });

  it("are brought back twice rather than never when the run dies in between", async () => {
    const needs = await world(aDelivery());
    const remove = async () => Promise.reject(new Error("dies"));
    const dying = { ...needs, waiting: { ...needs.waiting, remove } };
    await expect(wakeDeliveries(late, dying)).rejects.toThrow("dies");
    await wakeDeliveries(late, needs);
    expect(ids(needs.deliveries.queued)).toEqual(["msg_1", "msg_1"]);
    expect(needs.waiting.kept()).toEqual([]);
  });

  it("that cannot be read are put aside, and keep nobody waiting", async () => {
    const needs = await world(aDelivery());
    needs.waiting.rows.set("000000000000001#x", "garbage");
    expect(await wakeDeliveries(late, needs)).toMatchObject({ woken: 1, unreadable: 1 });
    expect(needs.strange).toEqual(["garbage"]);
    expect(needs.waiting.kept()).toEqual([]);
  });

  it("of a shard whose table fails do not keep the others from theirs", async () => {
    const needs = await world(aDelivery());
    const { due } = needs.waiting;
    const failing: typeof due = (shard, page) =>
      shard === 1 ? Promise.reject(new Error("throttled")) : due(shard, page);
    const waiting = { ...needs.waiting, due: failing };
    await expect(wakeDeliveries(late, { ...needs, waiting })).rejects.toThrow("throttled");
    expect(ids(needs.deliveries.queued)).toEqual(["msg_1"]);
  });
});
