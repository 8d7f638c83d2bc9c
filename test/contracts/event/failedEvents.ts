import { describe, expect, it } from "vitest";
import type { FailedEvents } from "#shared/event/ports.ts";

const key = (ms: number) => `events/${ms}-0b5c1f7e-0000-4000-8000-000000000000.json`;

/**
 * The contract of `FailedEvents`. `put` writes an object of the rule's error action, or any other
 * content.
 */
export const failedEventsContract = (
  open: () => Promise<{
    failedEvents: FailedEvents;
    put: (key: string, event: { topic: string; data: string } | "garbage") => Promise<void>;
  }>,
): void => {
  const event = { topic: "events/f/d/n", data: "AAE=" };

  describe("failed events", () => {
    it("are listed oldest first, up to a maximum", async () => {
      const { failedEvents, put } = await open();
      for (const ms of [1_735_787_045_679, 1_735_787_045_678, 1_735_787_045_677]) {
        await put(key(ms), event);
      }
      const oldest = [key(1_735_787_045_677), key(1_735_787_045_678)];
      expect(await failedEvents.list(2)).toEqual(oldest);
    });

    it("are read with their time and a stable id", async () => {
      const { failedEvents, put } = await open();
      await put(key(1_735_787_045_678), event);
      await put(key(1_735_787_045_679), event);
      const read = await failedEvents.read(key(1_735_787_045_678));
      const other = await failedEvents.read(key(1_735_787_045_679));
      expect(read).toEqual({ ...event, receivedAt: 1_735_787_045_678, id: read?.id });
      expect(await failedEvents.read(key(1_735_787_045_678))).toEqual(read);
      expect(other?.id).not.toBe(read?.id);
    });

    it("of Basic Ingest have the topic that the rule returns", async () => {
      const { failedEvents, put } = await open();
      await put(key(1), { ...event, topic: `$aws/rules/godwit_events/${event.topic}` });
      expect(await failedEvents.read(key(1))).toMatchObject(event);
    });

    it("are not listed after they are moved to the prefix for malformed objects", async () => {
      const { failedEvents, put } = await open();
      await put(key(1), "garbage");
      expect(await failedEvents.read(key(1))).toBeUndefined();
      await failedEvents.setAside(key(1));
      expect(await failedEvents.list(10)).toEqual([]);
    });

    it("are all removed, or the removal fails", async () => {
      const { failedEvents, put } = await open();
      for (const ms of [1, 2, 3]) await put(key(ms), event);
      await failedEvents.remove([]);
      await failedEvents.remove([key(1), key(3)]);
      expect(await failedEvents.list(10)).toEqual([key(2)]);
    });
  });
};
