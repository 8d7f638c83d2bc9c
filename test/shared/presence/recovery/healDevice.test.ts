import { describe, expect, it, vi } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { presenceSettleMs } from "#shared/presence/limits.ts";
import { followDevices } from "#shared/presence/messages/followDevices.ts";
import { healingMs, helloAskMs } from "#shared/presence/recovery/limits.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { memoryHealings } from "../../../memory/presence/healings.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

const hello = { firmware: "1.2.3", functions: ["led"], variables: {} };

/** A cloud whose sessions are lost, and a device that has been connected since long before. */
const world = async () => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const link = memoryLink();
  link.connected.set(deviceId, { connected: true, since: someTime - healingMs });
  const epochs = memoryEpochs();
  await epochs.begin(someTime - 1);
  const deps = {
    devices: memoryDevices([{ id: deviceId, fleet, createdAt: "" }]),
    sessions: memorySessions(),
    healings: memoryHealings(),
    epochs,
    broker,
    link,
    now: clock.now,
    onError: vi.fn(),
  };
  const told = (name: string) =>
    broker.published.flatMap(({ topic, payload }) =>
      topic.endsWith(name) ? [[topic.split("/")[2], Buffer.from(payload).toString()]] : [],
    );
  return { ...deps, clock, deps, told };
};

const doubt = (id = deviceId): ReceivedEvent => ({
  topic: `doubts/${id}`,
  id: "m1",
  receivedAt: someTime,
  data: "",
});

const saysHello: ReceivedEvent = {
  topic: `hello/${deviceId}`,
  id: "m2",
  receivedAt: someTime + 5,
  data: base64(JSON.stringify(hello)),
};

const asksHello = {
  device: deviceId,
  topic: `control/${deviceId}`,
  message: { command: "hello" },
};

describe("healing", () => {
  it("brings back a lost session, and the device's own hello completes it", async () => {
    const { deps, sessions, link, told, healings } = await world();
    expect(await followDevices([doubt()], deps)).toEqual([undefined]);
    expect(await sessions.find(deviceId)).toMatchObject({
      connected: true,
      since: someTime - healingMs,
    });
    expect(link.sent).toEqual([asksHello]);
    expect(told("spark/status")).toEqual([[deviceId, "online"]]);
    expect(healings.all()).toMatchObject([{ ill: "session_lost", at: someTime, fleet }]);
    expect(told("device/healed")).toEqual([
      ["particle-internal", expect.stringContaining(deviceId)],
    ]);
    await followDevices([saysHello], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true, hello });
  });

  it("changes nothing the second time", async () => {
    const { deps, sessions, link, told, healings } = await world();
    await followDevices([doubt(), doubt(), saysHello], deps);
    const once = await sessions.find(deviceId);
    await followDevices([doubt()], deps);
    expect(await sessions.find(deviceId)).toEqual(once);
    expect(link.sent).toHaveLength(1);
    expect(told("spark/status")).toHaveLength(1);
    expect(healings.all()).toHaveLength(1);
  });

  it.each(["broker", "healings", "sessions", "link"] as const)(
    "comes to the same when it dies before it is done with its %s",
    async (where) => {
      const { deps, sessions, healings, link, broker } = await world();
      const once = {
        broker: () => vi.spyOn(broker, "publish"),
        healings: () => vi.spyOn(healings, "add"),
        sessions: () => vi.spyOn(sessions, "put"),
        link: () => vi.spyOn(link, "send"),
      };
      once[where]().mockRejectedValueOnce(new Error("dead"));
      await followDevices([doubt()], deps);
      expect(await followDevices([doubt()], deps)).toEqual([undefined]);
      expect(await sessions.find(deviceId)).toMatchObject({ connected: true });
      expect(link.sent).toEqual([asksHello]);
      expect(healings.all()).toHaveLength(1);
    },
  );

  it("never overwrites what was written meanwhile", async () => {
    const { deps, sessions } = await world();
    const put = sessions.put;
    vi.spyOn(sessions, "put").mockImplementationOnce(async (session) => {
      await followDevices([saysHello], deps);
      return put(session);
    });
    await followDevices([doubt()], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true, hello });
  });

  it("asks a device for hello again when it did not get the message, and else after an hour", async () => {
    const { deps, link, clock } = await world();
    link.silent.add(deviceId);
    await followDevices([doubt()], deps);
    link.silent.delete(deviceId);
    await followDevices([doubt()], deps);
    expect(link.sent).toEqual([asksHello, asksHello]);
    await followDevices([doubt()], deps);
    expect(link.sent).toHaveLength(2);
    clock.ms += helloAskMs;
    await followDevices([doubt()], deps);
    expect(link.sent).toHaveLength(3);
  });

  it("leaves devices alone that nobody knows, and those that are away", async () => {
    const { deps, sessions, link } = await world();
    await followDevices([doubt("f".repeat(24))], deps);
    link.connected.clear();
    await followDevices([doubt()], deps);
    expect(sessions.rows.size).toBe(0);
    expect(link.sent).toEqual([]);
  });

  it("stays in the queue while the broker cannot be asked", async () => {
    const { deps, sessions, link } = await world();
    vi.spyOn(link, "presence").mockRejectedValueOnce(new Error("throttled"));
    expect(await followDevices([doubt()], deps)).toEqual([expect.any(Error)]);
    expect(sessions.rows.size).toBe(0);
  });

  it("counts none where the broker's own word of a new connection is on its way", async () => {
    const { deps, link, healings, sessions, clock } = await world();
    clock.ms = someTime + presenceSettleMs;
    link.connected.set(deviceId, { connected: true, since: someTime + 1 });
    await followDevices([doubt()], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true });
    expect(healings.all()).toEqual([]);
  });
});
