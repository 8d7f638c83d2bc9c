import { describe, expect, it } from "vitest";
import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { EventQueue } from "#shared/event/ports.ts";
import type { LedgerRecord, RecordQueue } from "#shared/ledger/record.ts";
import { emptyRecord } from "#shared/ledger/record.ts";
import { eventDataBytesMax } from "#shared/platform/quotas.ts";
import { aDelivery, anEvent, deviceId, fleet, someTime } from "../../memory/samples.ts";

/** The contract of `Deliveries`. `received` receives all visible messages. */
export const deliveriesContract = (
  open: () => Promise<{ deliveries: DeliveryQueue; received: () => Promise<Delivery[]> }>,
): void => {
  const ids = (deliveries: Delivery[]) => deliveries.map(({ id }) => id).sort();

  describe("the queue of deliveries", () => {
    it("accepts an empty list, one delivery, and more than fit into one request", async () => {
      const { deliveries, received } = await open();
      const many = Array.from({ length: 25 }, (_, i) => aDelivery({ id: `m${i + 10}` }));
      expect(await deliveries.send([], someTime)).toEqual(new Map());
      expect(await deliveries.send([aDelivery({ id: "m0" })], someTime)).toEqual(new Map());
      expect(await deliveries.send(many, someTime)).toEqual(new Map());
      expect(ids(await received())).toEqual(["m0", ...ids(many)]);
    });

    it("accepts ten and more events of the maximum size", async () => {
      const { deliveries, received } = await open();
      const data = Buffer.alloc(eventDataBytesMax, 0x80).toString("base64");
      const event = anEvent({ data });
      const many = Array.from({ length: 12 }, (_, i) => aDelivery({ id: `m${i + 10}`, event }));
      expect(await deliveries.send(many, someTime)).toEqual(new Map());
      const taken = await received();
      expect(ids(taken)).toEqual(ids(many));
      expect(taken[0]?.event).toEqual(event);
    });
  });
};

/** The contract of `EventQueue`. `received` receives all visible messages. */
export const eventsContract = (
  open: () => Promise<{ events: EventQueue; received: () => Promise<ReceivedEvent[]> }>,
): void => {
  describe("the queue of events", () => {
    it("accepts names with characters that a message must not contain", async () => {
      const { events, received } = await open();
      const odd = {
        topic: "events/f/d/\uffff \ufffe \ud800 \u0000 \u2028 😀",
        receivedAt: 1,
        id: "e",
        data: "",
      };
      expect(await events.send([odd])).toEqual(new Map());
      expect(await received()).toEqual([odd]);
    });

    it("returns the sent messages", async () => {
      const { events, received } = await open();
      const some = Array.from({ length: 12 }, (_, i) => ({
        topic: "events/f/d/n",
        receivedAt: someTime,
        id: `e${i + 10}`,
        data: "AAE=",
      }));
      expect(await events.send(some)).toEqual(new Map());
      expect((await received()).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(some);
    });
  });
};

/** The contract of `RecordQueue`. */
export const recordsContract = (
  open: () => Promise<{ records: RecordQueue; received: () => Promise<LedgerRecord[]> }>,
): void => {
  describe("the queue of records", () => {
    it("returns the sent messages", async () => {
      const { records, received } = await open();
      const heard = [{ device: deviceId, fleet, at: someTime }];
      const two = [{ ...emptyRecord, heard }, emptyRecord];
      expect(await records.send([])).toEqual(new Map());
      expect(await records.send(two)).toEqual(new Map());
      expect(await received()).toEqual(expect.arrayContaining(two));
    });
  });
};
