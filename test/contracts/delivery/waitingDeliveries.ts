import { describe, expect, it } from "vitest";
import type { Delivery, Waiting, WaitingDeliveries } from "#shared/delivery/delivery.ts";
import { waitingShards } from "#shared/delivery/limits.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";
import { aDelivery, anEvent, someTime } from "../../memory/samples.ts";

type Found = Waiting & { shard: number; delivery: Delivery };

/** Returns all due deliveries of all shards, page by page. */
const allDue = async (waiting: WaitingDeliveries, before: number, limit = 100) => {
  const found: Found[] = [];
  for (let shard = 0; shard < waitingShards; shard += 1) {
    let after: string | undefined;
    do {
      const page = await waiting.due(shard, { before, limit, ...(after && { after }) });
      expect(page.waiting.length).toBeLessThanOrEqual(limit);
      found.push(...page.waiting.map((one) => ({ ...one, shard, delivery: JSON.parse(one.body) })));
      after = page.next;
    } while (after !== undefined);
  }
  return found;
};

const ids = (found: readonly Found[]) => found.map(({ delivery }) => delivery.id).sort();

/** The contract of `WaitingDeliveries`. */
export const waitingDeliveriesContract = (open: () => Promise<WaitingDeliveries>): void => {
  describe("waiting deliveries", () => {
    it("are listed when they are due, and not earlier", async () => {
      const waiting = await open();
      const first = aDelivery({ id: "a", notBefore: someTime, reason: "é 😀 \u0000" });
      await waiting.keep(first);
      await waiting.keep(aDelivery({ id: "b", notBefore: someTime + 1 }));
      expect(ids(await allDue(waiting, someTime))).toEqual([]);
      const [found, ...others] = await allDue(waiting, someTime + 1);
      expect(found?.delivery).toEqual(first);
      expect(others).toEqual([]);
      expect(ids(await allDue(waiting, someTime + 2))).toEqual(["a", "b"]);
    });

    it("are listed in pages, earliest of a shard first", async () => {
      const waiting = await open();
      const all = Array.from({ length: 60 }, (_, i) =>
        aDelivery({ id: `m${i}`, notBefore: someTime + ((i * 7) % 60) }),
      );
      await Promise.all(all.map((one) => waiting.keep(one)));
      const found = await allDue(waiting, someTime + 60, 2);
      expect(ids(found)).toEqual(all.map(({ id }) => id).sort());
      for (let shard = 0; shard < waitingShards; shard += 1) {
        const times = found
          .filter((one) => one.shard === shard)
          .map(({ delivery }) => delivery.notBefore);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
    });

    it("are removed, and no others are", async () => {
      const waiting = await open();
      const all = Array.from({ length: 70 }, (_, i) => aDelivery({ id: `m${i + 10}` }));
      await Promise.all(all.map((one) => waiting.keep(one)));
      const found = await allDue(waiting, someTime + 1);
      const [left, ...rest] = found;
      for (let shard = 0; shard < waitingShards; shard += 1) {
        const keys = rest.filter((one) => one.shard === shard).map(({ key }) => key);
        await waiting.remove(shard, keys);
        await waiting.remove(shard, keys);
      }
      expect(await allDue(waiting, someTime + 1)).toEqual([left]);
    });

    it("are the same when they are stored again", async () => {
      const waiting = await open();
      await waiting.keep(aDelivery());
      await waiting.keep(aDelivery());
      expect(await allDue(waiting, someTime + 1)).toHaveLength(1);
    });

    it("can have an event of the maximum size", async () => {
      const waiting = await open();
      const data = Buffer.alloc(eventDataBytesMax, 0x80).toString("base64");
      await waiting.keep(aDelivery({ event: anEvent({ data }) }));
      expect((await allDue(waiting, someTime + 1))[0]?.delivery.event.data).toBe(data);
    });
  });
};
