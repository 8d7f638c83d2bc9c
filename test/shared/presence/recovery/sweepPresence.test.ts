import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Device } from "#shared/device/device.ts";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { presenceSettleMs } from "#shared/presence/limits.ts";
import { sweepDevicesMax, sweepPageMax, sweepRoundMs } from "#shared/presence/recovery/limits.ts";
import { sweepPresence } from "#shared/presence/recovery/sweepPresence.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { handlePresence } from "../../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { memorySweeps } from "../../../memory/presence/sweeps.ts";
import { base64, deviceId, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

const aDevice = (id: string): Device => ({ id, fleet, createdAt: "" });
const id = (n: number): string => n.toString(16).padStart(24, "0");

const world = (devices: readonly Device[] = [aDevice(deviceId)]) => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const deps = {
    devices: memoryDevices(devices),
    sessions: memorySessions(),
    epochs: memoryEpochs(),
    sweeps: memorySweeps(),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    broker,
    link: memoryLink(),
    now: clock.now,
    onError: vi.fn(),
  };
  const asked = vi.spyOn(deps.link, "presence");
  return {
    ...deps,
    deps,
    clock,
    asked,
    sweep: () => sweepPresence(Number.POSITIVE_INFINITY, deps),
    /** Another complete round. */
    async round() {
      clock.ms += sweepRoundMs;
      await sweepPresence(Number.POSITIVE_INFINITY, deps);
    },
    published: () =>
      broker.published
        .filter(({ topic }) => topic.endsWith("spark/status"))
        .map(({ payload }) => Buffer.from(payload).toString()),
  };
};

interface Step {
  readonly what: "connect" | "leave" | "deliver" | "sweep";
  /** The event gets lost; which of those on their way is delivered, and whether it comes again. */
  readonly isLost: boolean;
  readonly which: number;
  readonly isRepeated: boolean;
  readonly clockErrorMs: number;
  readonly laterMs: number;
}

const step = fc.record<Step>({
  what: fc.constantFrom("connect", "leave", "deliver", "deliver", "sweep"),
  isLost: fc.boolean(),
  which: fc.nat(20),
  isRepeated: fc.boolean(),
  clockErrorMs: fc.integer({ min: -presenceSettleMs / 2, max: presenceSettleMs / 2 }),
  laterMs: fc.oneof(fc.nat(1_000), fc.nat(2 * sweepRoundMs)),
});

/**
 * A broker whose events get lost, come late, twice and in any order, and the cloud that follows it.
 */
const history = () => {
  const cloud = world();
  const { clock, link, deps } = cloud;
  const onTheirWay: ReceivedEvent[] = [];
  let connections = 0;
  let session: string | undefined;

  const announce = (eventType: "connected" | "disconnected", { isLost, clockErrorMs }: Step) => {
    if (isLost) return;
    const said = {
      eventType,
      timestamp: clock.ms + clockErrorMs,
      sessionIdentifier: session,
      versionNumber: connections,
    };
    onTheirWay.push({
      topic: `$aws/events/presence/${eventType}/${deviceId}`,
      id: "m",
      receivedAt: clock.ms,
      data: base64(JSON.stringify(said)),
    });
  };
  const leave = (given: Step) => {
    if (session === undefined) return;
    announce("disconnected", given);
    link.connected.clear();
    session = undefined;
  };
  const deliver = async ({ which, isRepeated }: Step) => {
    const [event] = onTheirWay.splice(which % Math.max(1, onTheirWay.length), 1);
    if (event === undefined) return;
    await handlePresence([event], deps);
    if (isRepeated) onTheirWay.push(event);
  };
  return {
    ...cloud,
    async take(given: Step) {
      clock.ms += given.laterMs;
      if (given.what === "sweep") await cloud.round();
      if (given.what === "deliver") await deliver(given);
      if (given.what === "leave") leave(given);
      if (given.what === "connect") {
        // The same client comes again while its old connection is open: the old one ends after the
        // new one begins.
        leave(given);
        connections += 1;
        session = `session-${connections}`;
        link.connected.set(deviceId, { connected: true, since: clock.ms });
        announce("connected", given);
      }
    },
    isRight: async () => {
      const known = await cloud.sessions.find(deviceId);
      expect(known?.connected ?? false).toBe(session !== undefined);
    },
    publishedLast: () => cloud.published().at(-1) ?? "offline",
    isThere: () => session !== undefined,
  };
};

describe("a sweep", () => {
  it("reconciles the table with the broker after lost, late, repeated and unordered events", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { take, round, isRight, publishedLast, isThere } = history();
        for (const each of steps) await take(each);
        await round();
        await isRight();
        expect(publishedLast()).toBe(isThere() ? "online" : "offline");
      }),
      { numRuns: 500 },
    );
  });

  it("corrects the rows of a region that failed, and publishes the statuses", async () => {
    const { sessions, round, published, recoveries } = world();
    await sessions.put({
      device: deviceId,
      region: "us-east-1",
      connected: true,
      since: someTime,
      at: someTime,
      id: "s1",
      revision: 1,
    });
    await round();
    expect(await sessions.find(deviceId)).toMatchObject({ connected: false, id: "s1" });
    expect(published()).toEqual(["offline"]);
    expect(recoveries.all()).toMatchObject([{ issue: "presence_wrong" }]);
    await round();
    expect(published()).toEqual(["offline"]);
  });

  it("writes only the rows of its own region", async () => {
    const { deps, round, sessions, link } = world();
    const there = memorySessions("eu-west-1", sessions.rows);
    const row = { device: deviceId, connected: true, since: someTime, at: someTime, revision: 1 };
    await there.put({ ...row, region: "eu-west-1" });
    link.connected.set(deviceId, { connected: true, since: someTime });
    await round();
    expect(await there.find(deviceId)).toMatchObject({ revision: 1 });
    expect(await deps.sessions.find(deviceId)).toMatchObject({ connected: true });
  });

  it("skips sessions that were just written", async () => {
    const { sessions, sweep, asked, clock } = world();
    const row = { device: deviceId, region: "us-east-1", since: someTime, revision: 1 };
    await sessions.put({ ...row, connected: true, at: clock.ms - presenceSettleMs + 1 });
    expect(await sweep()).toEqual({ passed: 1, asked: 0 });
    expect(asked).not.toHaveBeenCalled();
  });

  it("visits a bounded number of devices, continues from its position, and starts again after an hour", async () => {
    const many = sweepDevicesMax + sweepPageMax / 2;
    const { sweep, asked, clock } = world(Array.from({ length: many }, (_, n) => aDevice(id(n))));
    expect((await sweep()).passed).toBe(sweepDevicesMax);
    expect((await sweep()).passed).toBe(sweepPageMax / 2);
    expect((await sweep()).passed).toBe(0);
    expect(new Set(asked.mock.calls.map(([device]) => device)).size).toBe(many);
    clock.ms += sweepRoundMs;
    expect((await sweep()).passed).toBe(sweepDevicesMax);
  });

  it("starts again at once after a loss of sessions, which it detects", async () => {
    const { sweep, epochs, sessions, link, clock } = world();
    link.connected.set(deviceId, { connected: true, since: someTime });
    clock.ms += presenceSettleMs + 1;
    await sweep();
    epochs.lose();
    sessions.rows.clear();
    clock.ms += 1;
    await sweep();
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true });
  });

  it("repeats the page after a crash, and skips a device that fails", async () => {
    const { sweep, sweeps, asked, deps } = world([aDevice(id(1)), aDevice(id(2))]);
    const put = vi.spyOn(sweeps, "put").mockRejectedValueOnce(new Error("dead"));
    await expect(sweepPresence(Number.POSITIVE_INFINITY, { ...deps, sweeps })).rejects.toThrow(
      "dead",
    );
    put.mockRestore();
    asked.mockRejectedValueOnce(new Error("throttled"));
    expect((await sweep()).passed).toBe(2);
    expect(deps.onError).toHaveBeenCalledOnce();
  });

  it("fails while the broker is unavailable", async () => {
    const { sweep, asked } = world();
    asked.mockRejectedValue(new Error("down"));
    await expect(sweep()).rejects.toThrow("down");
  });
});
