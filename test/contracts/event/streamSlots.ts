import { describe, expect, it } from "vitest";
import { handoverEventsMax } from "#shared/stream/slot/limits.ts";
import type { SlotHolder, StreamSlot, StreamSlots } from "#shared/stream/slot/streamSlots.ts";
import { someTime } from "../../memory/samples.ts";

const now = someTime;
const ada: SlotHolder = { kind: "user", name: "ada" };
const eve: SlotHolder = { kind: "user", name: "eve" };
const fleet: SlotHolder = { kind: "fleet", name: "ada" };

const aSlot = (more: Partial<StreamSlot> = {}): StreamSlot => ({
  number: 3,
  id: "id-1",
  client: "client",
  since: now,
  until: now + 90_000,
  ...more,
});

/** As many as a handover has. */
const seen = Array.from({ length: handoverEventsMax }, (_, i) => ({
  hash: i.toString(36).padStart(6, "-"),
  at: now - i,
}));
const handover = { client: "client", endedAt: now + 1_000, cursor: { at: now, seen } };

/** Contract of every implementation of `StreamSlots`. */
export const streamSlotsContract = (open: () => Promise<StreamSlots>): void => {
  describe("a slot of a stream", () => {
    it("is occupied by one stream of one user or fleet", async () => {
      const slots = await open();
      expect(await slots.list(ada, now)).toEqual({ occupied: [], handovers: [] });
      expect(await slots.occupy(ada, aSlot(), { now })).toBe(true);
      expect(await slots.occupy(ada, aSlot({ id: "id-2" }), { now })).toBe(false);
      expect(await slots.list(ada, now)).toEqual({
        occupied: [{ ...aSlot(), isRequested: false }],
        handovers: [],
      });
      expect((await slots.list(eve, now)).occupied).toEqual([]);
      expect((await slots.list(fleet, now)).occupied).toEqual([]);
      expect(await slots.occupy(eve, aSlot(), { now })).toBe(true);
      expect(await slots.occupy(fleet, aSlot(), { now })).toBe(true);
      expect(await slots.occupy(ada, aSlot({ number: 4 }), { now })).toBe(true);
    });

    it("is occupied again by its own stream, whose request was repeated", async () => {
      const slots = await open();
      expect(await slots.occupy(ada, aSlot(), { now })).toBe(true);
      expect(await slots.occupy(ada, aSlot(), { now })).toBe(true);
      await slots.release(ada, aSlot(), handover);
      const next = aSlot({ id: "id-2" });
      const given = { now: now + 2_000, replaces: "id-1" };
      expect(await slots.occupy(ada, next, given)).toBe(true);
      expect(await slots.occupy(ada, next, given)).toBe(true);
      expect((await slots.list(ada, now)).occupied).toHaveLength(1);
    });

    it("is free again when it is released or has expired", async () => {
      const slots = await open();
      await slots.occupy(ada, aSlot(), { now });
      await slots.release(ada, aSlot());
      expect((await slots.list(ada, now)).occupied).toEqual([]);
      expect(await slots.occupy(ada, aSlot({ id: "id-2" }), { now })).toBe(true);
      const later = { now: aSlot().until };
      expect((await slots.list(ada, later.now)).occupied).toEqual([]);
      expect(await slots.occupy(ada, aSlot({ id: "id-3", until: now + 180_000 }), later)).toBe(
        true,
      );
      // A stream whose slot has expired has no effect on the next one.
      await slots.release(ada, aSlot({ id: "id-2" }));
      await slots.requestEnd(ada, aSlot({ id: "id-2" }));
      expect(await slots.mayContinue(ada, aSlot({ id: "id-3" }))).toBe(true);
      expect(await slots.mayContinue(ada, aSlot({ id: "id-2" }))).toBe(false);
    });

    it("is lost by a stream that is requested to end, and stays occupied until then", async () => {
      const slots = await open();
      await slots.occupy(ada, aSlot(), { now });
      await slots.requestEnd(ada, aSlot({ id: "another" }));
      await slots.requestEnd(eve, aSlot());
      expect(await slots.mayContinue(ada, aSlot())).toBe(true);
      await slots.requestEnd(ada, aSlot());
      expect(await slots.mayContinue(ada, aSlot())).toBe(false);
      expect((await slots.list(ada, now)).occupied).toMatchObject([{ isRequested: true }]);
      expect(await slots.occupy(ada, aSlot({ id: "id-2" }), { now })).toBe(false);
      await slots.release(ada, aSlot());
      expect(await slots.occupy(ada, aSlot({ id: "id-2" }), { now })).toBe(true);
      expect(await slots.mayContinue(ada, aSlot({ id: "id-2" }))).toBe(true);
    });

    it("contains the position of its last stream, for one other stream", async () => {
      const slots = await open();
      await slots.occupy(ada, aSlot(), { now });
      await slots.release(ada, aSlot({ id: "another" }), handover);
      expect((await slots.list(ada, now)).handovers).toEqual([]);
      await slots.release(ada, aSlot(), handover);
      const later = now + 2_000;
      const stored = { ...handover, number: 3, id: "id-1" };
      expect(await slots.list(ada, later)).toEqual({ occupied: [], handovers: [stored] });
      const next = aSlot({ id: "id-2" });
      expect(await slots.occupy(ada, next, { now: later, replaces: "another" })).toBe(false);
      expect(await slots.occupy(ada, next, { now: later, replaces: "id-1" })).toBe(true);
      expect((await slots.list(ada, later)).handovers).toEqual([]);
      const late = aSlot({ id: "id-3" });
      expect(await slots.occupy(ada, late, { now: later, replaces: "id-1" })).toBe(false);
    });
  });
};
