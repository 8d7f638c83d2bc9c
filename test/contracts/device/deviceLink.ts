import { describe, expect, it, vi } from "vitest";
import type { DeviceLink } from "#shared/device/deviceLink.ts";

/** A device that answers each call with the call's payload until it disconnects. */
export interface ContractDevice {
  readonly heard: { topic: string; message: string }[];
  leave(): Promise<void>;
}

/**
 * Contract of every connection to the devices of a region. `connect` connects a device that answers
 * calls.
 */
export const deviceLinkContract = (
  open: () => Promise<{
    link: DeviceLink;
    connect: (device: string) => Promise<ContractDevice>;
  }>,
): void => {
  const id = "00000000000000000000abcd";
  const call = "0123456789abcdef0123456789abcdef";
  const forbidden = "0000000000000000000000ff";

  describe("a connection to devices", () => {
    it("sends a message to a connected device and returns its reply", async () => {
      const { link, connect } = await open();
      const device = await connect(id);
      const message = Buffer.from(JSON.stringify({ id: call, variable: "x" }));
      expect(await link.send(id, `calls/${id}`, message)).toBe("confirmed");
      const reply = await vi.waitFor(async () => {
        const found = await link.reply(id, call);
        expect(found).toBeDefined();
        return found ?? "";
      });
      expect(JSON.parse(reply)).toEqual({ id: call, value: "é" });
      expect(device.heard).toEqual([{ topic: `calls/${id}`, message: message.toString() }]);
      expect(await link.reply("0".repeat(24), call)).toBeUndefined();
      await device.leave();
    });

    it("sends a message of QoS 0 without waiting for its confirmation", async () => {
      const { link, connect } = await open();
      const device = await connect(id);
      const topic = `calls/${id}`;
      const message = '{"id":"unknown"}';
      expect(await link.send(id, topic, Buffer.from(message), 0)).toBe("unconfirmed");
      await vi.waitFor(() => expect(device.heard).toEqual([{ topic, message }]));
      expect(await link.send("f".repeat(24), topic, Buffer.from("x"), 0)).toBe("offline");
      await device.leave();
    });

    it("sends nothing to an offline device", async () => {
      const { link } = await open();
      expect(await link.send("f".repeat(24), "calls/x", Buffer.from("{}"))).toBe("offline");
    });

    it("reports that a connected device may not receive a message", async () => {
      const { link, connect } = await open();
      const device = await connect(forbidden);
      expect(await link.send(forbidden, "calls/another", Buffer.from("{}"))).toBe("refused");
      expect(device.heard).toEqual([]);
      await device.leave();
    });

    it("returns the presence of devices, and closes a connection", async () => {
      const { link, connect } = await open();
      expect(await link.presence("e".repeat(24))).toEqual({ connected: false });
      await link.disconnect("e".repeat(24));
      const before = Date.now();
      const device = await connect(id);
      const { connected, since } = await link.presence(id);
      expect(connected).toBe(true);
      expect(since).toBeGreaterThanOrEqual(before);
      expect(since).toBeLessThanOrEqual(Date.now());
      await link.disconnect(id);
      await vi.waitFor(async () => {
        expect(await link.presence(id)).toMatchObject({ connected: false });
      });
      const { since: endedAt } = await link.presence(id);
      expect(endedAt).toBeGreaterThanOrEqual(since ?? 0);
      expect(endedAt).toBeLessThanOrEqual(Date.now());
      await device.leave();
    });
  });
};
