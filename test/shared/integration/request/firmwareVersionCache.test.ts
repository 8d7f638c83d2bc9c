import { expect, it } from "vitest";
import { firmwareVersionCache } from "#shared/integration/request/firmwareVersionCache.ts";
import { versionFreshMs, versionsCachedMax } from "#shared/integration/request/limits.ts";
import type { Session } from "#shared/presence/session.ts";
import { anEvent, anIntegration, deviceId, stoppedClock } from "../../../memory/samples.ts";

const using = anIntegration({ json: '{"v":{{{PRODUCT_VERSION}}}}' });

const session = (region: string, firmware: string, helloAt: number): Session => ({
  device: deviceId,
  region,
  connected: true,
  since: 0,
  at: 0,
  revision: 1,
  hello: { firmware, functions: [], variables: {} },
  helloAt,
});

const world = (found: Session[]) => {
  const clock = stoppedClock();
  const read: string[] = [];
  const sessions = {
    async list(devices: readonly string[]) {
      read.push(...devices);
      return found;
    },
  };
  return { clock, read, versions: firmwareVersionCache({ sessions, now: clock.now }) };
};

it("is the latest one that the device reported, in any region", async () => {
  const { versions } = world([session("a", "6", 1), session("b", "7", 2), session("c", "5", 0)]);
  expect(await versions.of(anEvent(), using)).toBe("7");
  expect(await world([]).versions.of(anEvent(), using)).toBeUndefined();
});

it("is read only for integrations that use it, and only for devices", async () => {
  const { versions, read } = world([session("a", "7", 1)]);
  expect(await versions.of(anEvent(), anIntegration())).toBeUndefined();
  expect(await versions.of(anEvent({ device: "api" }), using)).toBeUndefined();
  expect(read).toEqual([]);
});

it("is read once for concurrent events, and again after a while", async () => {
  const { versions, read, clock } = world([session("a", "7", 1)]);
  await Promise.all([versions.of(anEvent(), using), versions.of(anEvent(), using)]);
  expect(read).toHaveLength(1);
  clock.ms += versionFreshMs;
  await versions.of(anEvent(), using);
  expect(read).toHaveLength(2);
});

it("of the least recently used device is evicted first", async () => {
  const { versions, read } = world([]);
  for (let i = 0; i <= versionsCachedMax; i += 1) {
    await versions.of(anEvent({ device: `d${i}` }), using);
  }
  const before = read.length;
  await versions.of(anEvent({ device: `d${versionsCachedMax}` }), using);
  expect(read).toHaveLength(before);
  await versions.of(anEvent({ device: "d0" }), using);
  expect(read).toHaveLength(before + 1);
});

it("is not cached if it could not be read", async () => {
  const clock = stoppedClock();
  const answers = [Promise.reject(new Error("down")), Promise.resolve([session("a", "7", 1)])];
  const sessions = { list: () => answers.shift() ?? expect.unreachable() };
  const versions = firmwareVersionCache({ sessions, now: clock.now });
  await expect(versions.of(anEvent(), using)).rejects.toThrow("down");
  expect(await versions.of(anEvent(), using)).toBe("7");
});
