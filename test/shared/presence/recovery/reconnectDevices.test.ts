import { describe, expect, it } from "vitest";
import { reconnectPageMax, reconnectSecondsMax } from "#shared/presence/recovery/limits.ts";
import { reconnectDevices, reconnectInput } from "#shared/presence/recovery/reconnectDevices.ts";
import { parseControl } from "../../../../device/messages/control.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";

const world = async (count: number) => {
  const ids = Array.from({ length: count }, (_, i) => i.toString(16).padStart(24, "0"));
  const createdAt = "2026-01-31T00:00:00.000Z";
  const devices = memoryDevices(ids.map((id) => ({ id, fleet: "f1", createdAt })));
  const broker = memoryBroker();
  return { devices, broker, ids };
};

describe("a reconnection of all devices", () => {
  it("sends each device one message, page by page", async () => {
    const deps = await world(2 * reconnectPageMax + 3);
    let after: string | undefined;
    do {
      const done = await reconnectDevices({ withinSeconds: 60, after }, deps);
      expect(done.published).toBeLessThanOrEqual(reconnectPageMax);
      after = done.next;
    } while (after !== undefined);
    expect(deps.broker.published.map(({ topic }) => topic)).toEqual(
      deps.ids.map((id) => `control/${id}`),
    );
  });

  it("contains the longest delay", async () => {
    const deps = await world(1);
    await reconnectDevices({ withinSeconds: 90 }, deps);
    const [{ payload } = { payload: Buffer.alloc(0) }] = deps.broker.published;
    expect(parseControl(Buffer.from(payload).toString())).toEqual({
      command: "reconnect",
      delayMs: 90_000,
    });
  });

  it("has at most the delay that a device accepts", () => {
    expect(reconnectInput.safeParse({ withinSeconds: reconnectSecondsMax + 1 }).success).toBe(
      false,
    );
    expect(reconnectInput.safeParse({ withinSeconds: reconnectSecondsMax }).success).toBe(true);
  });
});
