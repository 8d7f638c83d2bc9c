import { describe, expect, it } from "vitest";
import { combineSends } from "#shared/delivery/combineSends.ts";
import { deliver } from "#shared/delivery/deliver.ts";
import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";
import { breakerOverloadedMin } from "#shared/resilience/limits.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { aDelivery, someTime } from "../../memory/samples.ts";
import { createDeps } from "./deliverDeps.ts";

/** A combining queue that records each send of the queue behind it. */
const open = (behind: DeliveryQueue = memoryDeliveries()) => {
  const sends: { deliveries: readonly Delivery[]; now: number }[] = [];
  const queue = combineSends(
    {
      send(deliveries, now) {
        sends.push({ deliveries: [...deliveries], now });
        return behind.send(deliveries, now);
      },
    },
    setImmediate,
  );
  return { queue, sends };
};

const ids = (deliveries: readonly Delivery[] = []): string[] => deliveries.map(({ id }) => id);

describe("a queue that combines sends", () => {
  it("takes the deliveries of one turn together, in their order", async () => {
    const { queue, sends } = open();
    await Promise.all([
      queue.send([aDelivery({ id: "m1" })], someTime),
      queue.send([aDelivery({ id: "m2" }), aDelivery({ id: "m3" })], someTime + 5),
      queue.send([], someTime),
    ]);
    await queue.send([aDelivery({ id: "m4" })], someTime);
    expect(sends.map(({ deliveries }) => ids(deliveries))).toEqual([["m1", "m2", "m3"], ["m4"]]);
    expect(sends[0]?.now).toBe(someTime + 5);
  });

  it("tells each sender which deliveries the queue refused", async () => {
    const { queue } = open(memoryDeliveries(({ id }) => id === "m2"));
    const [one, two] = await Promise.all([
      queue.send([aDelivery({ id: "m1" })], someTime),
      queue.send([aDelivery({ id: "m2" })], someTime),
    ]);
    expect(one.has("m1")).toBe(false);
    expect(two.get("m2")).toBeInstanceOf(Error);
  });

  it("fails each send when the queue fails, and takes later ones", async () => {
    const memory = memoryDeliveries();
    let isDown = true;
    const { queue } = open({
      async send(deliveries, now) {
        if (isDown) throw new Error("down");
        return memory.send(deliveries, now);
      },
    });
    const outcomes = await Promise.allSettled([
      queue.send([aDelivery({ id: "m1" })], someTime),
      queue.send([aDelivery({ id: "m2" })], someTime),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isDown = false;
    await queue.send([aDelivery({ id: "m3" })], someTime);
    expect(ids(memory.queued)).toEqual(["m3"]);
  });

  it("takes a batch of held deliveries with one request", async () => {
    const deps = createDeps(503);
    for (let i = 0; i < breakerOverloadedMin; i += 1) await deliver(aDelivery(), deps);
    const { queue, sends } = open();
    const batch = Array.from({ length: 10 }, (_, i) => aDelivery({ id: `held-${i}` }));
    const held = { ...deps, deliveries: queue };
    const outcomes = await Promise.all(batch.map((one) => deliver(one, held)));
    expect(new Set(outcomes)).toEqual(new Set(["waiting"]));
    expect(sends.map(({ deliveries }) => ids(deliveries))).toEqual([ids(batch)]);
  });
});
