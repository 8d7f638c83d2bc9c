import { describe, expect, it } from "vitest";
import type { FailedEvents } from "#shared/event/ports.ts";

const key = (ms: number) => `events/${ms}-0b5c1f7e-0000-4000-8000-000000000000.json`;

/** What is true of failed events. `put` writes what the rule's error action would, or anything else. */
export const failedEventsContract = (
  open: () => Promise<{
    failedEvents: FailedEvents;
    put: (key: string, event: { topic: string; data: string } | "garbage") => Promise<void>;
  }>,
): void => {
  const event = { topic: "events/f/d/n", data: "AAE=" };

  describe("failed events", () => {
    it("are listed from the oldest, as many as are asked for", async () => {
      const { failedEvents, put } = await open();
      for (const ms of [1_735_787_045_679, 1_735_787_045_678, 1_735_787_045_677]) {
        await put(key(ms), event);
      }
      const oldest = [key(1_735_787_045_677), key(1_735_787_045_678)];
      expect(await failedEvents.list(2)).toEqual(oldest);
    });

    it("are read with their time, and with the same id each time", async () => {
      const { failedEvents, put } = await open();
      await put(key(1_735_787_045_678), event);
      await put(key(1_735_787_045_679), event);
      const read = await failedEvents.read(key(1_735_787_045_678));
      const other = await failedEvents.read(key(1_735_787_045_679));
      expect(read).toEqual({ ...event, receivedAt: 1_735_787_045_678, id: read?.id });
      expect(await failedEvents.read(key(1_735_787_045_678))).toEqual(read);
      expect(other?.id).not.toBe(read?.id);
    });

    it("that came by basic ingest have the topic that the rule would give them", async () => {
      const { failedEvents, put } = await open();
      await put(key(1), { ...event, topic: `$aws/rules/godwit_events/${event.topic}` });
      expect(await failedEvents.read(key(1))).toMatchObject(event);
    });

    it("keep away what cannot be read, where it is not listed", async () => {
      const { failedEvents, put } = await open();
      await put(key(1), "garbage");
      expect(await failedEvents.read(key(1))).toBeUndefined();
      await failedEvents.setAside(key(1));
      expect(await failedEvents.list(10)).toEqual([]);
    });

    it("are gone when they are removed, all or none of them", async () => {
      const { failedEvents, put } = await open();
      for (const ms of [1, 2, 3]) await put(key(ms), event);
      await failedEvents.remove([]);
      await failedEvents.remove([key(1), key(3)]);
      expect(await failedEvents.list(10)).toEqual([key(2)]);
    });
  });
};
