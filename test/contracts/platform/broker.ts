import { describe, expect, it, vi } from "vitest";
import type { Broker } from "#shared/event/ports.ts";
import type { LiveEvents, LiveMessage } from "#shared/stream/ports.ts";

/** Contract of every implementation of a region's broker. */
export const brokerContract = (
  open: () => Promise<{ broker: Broker; liveEvents: LiveEvents }>,
): void => {
  const listening = async (liveEvents: LiveEvents, ...filters: string[]) => {
    const heard: LiveMessage[] = [];
    const end = vi.fn();
    const { close } = await liveEvents.subscribe(filters, { message: (m) => heard.push(m), end });
    return { heard, end, close };
  };
  const topics = (heard: LiveMessage[]) => heard.map(({ topic }) => topic);

  describe("the broker", () => {
    it("delivers messages to a subscriber, byte for byte", async () => {
      const { broker, liveEvents } = await open();
      const { heard, close } = await listening(liveEvents, "events/f1/#");
      const payload = Buffer.from([0, 0xff, 0xc3, 0xa9]);
      await broker.publish("events/f1/d1/é", payload);
      await vi.waitFor(() => expect(topics(heard)).toEqual(["events/f1/d1/é"]));
      expect(Buffer.from(heard[0]!.payload)).toEqual(payload);
      await close();
    });

    it("delivers to each subscriber the messages that match its filter", async () => {
      const { broker, liveEvents } = await open();
      const fleet = await listening(liveEvents, "events/f1/#");
      const device = await listening(liveEvents, "events/f1/d2/#");
      for (const topic of ["events/f1/d1/a", "events/f2/d2/a", "events/f1/d2/a"]) {
        await broker.publish(topic, Buffer.from("x"));
      }
      await vi.waitFor(() => {
        expect(topics(fleet.heard)).toEqual(["events/f1/d1/a", "events/f1/d2/a"]);
        expect(topics(device.heard)).toEqual(["events/f1/d2/a"]);
      });
      await Promise.all([fleet.close(), device.close()]);
    });

    it("delivers messages that match any of several filters, in their order", async () => {
      const { broker, liveEvents } = await open();
      const { heard, close } = await listening(liveEvents, "events/f1/d1/#", "stamps/f1");
      for (const topic of ["stamps/f1", "events/f1/d2/a", "stamps/f2", "events/f1/d1/a"]) {
        await broker.publish(topic, Buffer.from("x"));
      }
      await vi.waitFor(() => expect(topics(heard)).toEqual(["stamps/f1", "events/f1/d1/a"]));
      await close();
    });

    it("does not report its end to a closed subscription", async () => {
      const { liveEvents } = await open();
      const { end, close } = await listening(liveEvents, "events/f1/#");
      await close();
      expect(end).not.toHaveBeenCalled();
    });
  });
};
