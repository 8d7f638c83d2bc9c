import { describe, expect, it } from "vitest";
import { meterEvent } from "#shared/routing/meterEvent.ts";
import { deviceId } from "../../memory/samples.ts";

const event = (name: string, bytes: number, device: string = deviceId) => ({
  id: "e1",
  fleet: "f1",
  device,
  name,
  data: Buffer.alloc(bytes).toString("base64"),
  publishedAt: 0,
});

describe("what an event counts as", () => {
  it.each([
    [0, 1],
    [1, 1],
    [1_024, 1],
    [1_025, 2],
    [2_048, 2],
    [16_384, 16],
    [131_072, 128],
  ])("an event of %d bytes is %d data operations", (bytes, kilobytes) => {
    expect(meterEvent(event("temperature", bytes))).toEqual({
      fleet: "f1",
      device: deviceId,
      kind: "publish",
      kilobytes,
    });
  });

  it.each([
    ["spark/status", deviceId],
    ["spark/device/diagnostics/update", deviceId],
    ["particle/device/updates/forced", deviceId],
    ["Particle/x", deviceId],
    ["temperature", "api"],
    ["hook-response/a/0", "particle-internal"],
  ])("%s of %s is free", (name, device) => {
    expect(meterEvent(event(name, 5_000, device)).kind).toBe("free");
  });
});
