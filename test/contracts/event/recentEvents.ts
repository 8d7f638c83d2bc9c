import { describe, expect, it } from "vitest";
import type { RecentEvents } from "#shared/stream/ports.ts";
import { recentEventsMs } from "#shared/stream/resume/limits.ts";
import {
  aReceivedEvent,
  base64,
  type Clock,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

const all = { from: 0, until: 2 * someTime };
const event = (id: string, laterMs = 0) =>
  aReceivedEvent({ id, receivedAt: someTime + laterMs, data: base64(id) });
const ofFleet = (received: ReturnType<typeof event>) => ({ fleet, received });

/** The contract of `RecentEvents`. */
export const recentEventsContract = (open: (now: Clock["now"]) => Promise<RecentEvents>): void => {
  const world = async () => {
    const clock = stoppedClock();
    return { clock, recentEvents: await open(clock.now) };
  };

  describe("recent events", () => {
    it("of one fleet are listed within a time range, oldest first", async () => {
      const { recentEvents } = await world();
      const events = [event("c", 2), event("a", 0), event("d", 3), event("b", 1)];
      await recentEvents.put(events.map(ofFleet));
      await recentEvents.put([{ fleet: "other", received: event("x", 1) }]);
      const page = { from: someTime + 1, until: someTime + 2 };
      expect(await recentEvents.list(fleet, page)).toEqual({
        events: [event("b", 1), event("c", 2)],
      });
    });

    it("are stored once if they are put twice, also within one batch", async () => {
      const { recentEvents } = await world();
      await recentEvents.put([event("a"), event("a"), event("b")].map(ofFleet));
      await recentEvents.put([ofFleet(event("a"))]);
      const { events } = await recentEvents.list(fleet, all);
      expect(events).toEqual([event("a"), event("b")]);
    });

    it("are read in pages, with any bytes, also if they are many and large", async () => {
      const { recentEvents } = await world();
      const data = Buffer.alloc(60_000, 0xff).toString("base64");
      const many = Array.from({ length: 60 }, (_, i) => ({ ...event(`e${i}`, i), data }));
      await recentEvents.put([...many, { ...event("empty", 99), data: "" }].map(ofFleet));
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await recentEvents.list(fleet, { ...all, ...(after && { after }) });
        found.push(...page.events.map(({ id, data: { length } }) => `${id} ${length}`));
        after = page.next;
      } while (after !== undefined);
      expect(found).toEqual([...many.map(({ id }) => `${id} ${data.length}`), "empty 0"]);
    });

    it("expire after some minutes", async () => {
      const { clock, recentEvents } = await world();
      await recentEvents.put([ofFleet(event("a"))]);
      clock.ms += recentEventsMs - 2_000;
      expect((await recentEvents.list(fleet, all)).events).toHaveLength(1);
      clock.ms += 4_000;
      expect((await recentEvents.list(fleet, all)).events).toEqual([]);
    });
  });
};
