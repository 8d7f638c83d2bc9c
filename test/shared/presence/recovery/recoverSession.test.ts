import { describe, expect, it, vi } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { presenceSettleMs } from "#shared/presence/limits.ts";
import { helloAskMs, recoveryWindowMs } from "#shared/presence/recovery/limits.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { handlePresence } from "../../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

const hello = { firmware: "1.2.3", functions: ["led"], variables: {} };

/** A cloud whose sessions are lost, and a device that has been connected since long before. */
const world = async () => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const link = memoryLink();
  link.connected.set(deviceId, { connected: true, since: someTime - recoveryWindowMs });
  const epochs = memoryEpochs();
  await epochs.begin(someTime - 1);
  const deps = {
    devices: memoryDevices([{ id: deviceId, fleet, createdAt: "" }]),
    sessions: memorySessions(),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    epochs,
    broker,
    link,
    now: clock.now,
    onError: vi.fn(),
  };
  const published = (name: string) =>
    broker.published.flatMap(({ topic, payload }) =>
      topic.endsWith(name) ? [[topic.split("/")[2], Buffer.from(payload).toString()]] : [],
    );
  return { ...deps, clock, deps, published };
};

const reconcileRequest = (id = deviceId): ReceivedEvent => ({
  topic: `doubts/${id}`,
  id: "m1",
  receivedAt: someTime,
  data: "",
});

const helloMessage: ReceivedEvent = {
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

describe("the recovery of a session", () => {
  it("restores a lost session, and the device's hello completes it", async () => {
    const { deps, sessions, link, published, recoveries } = await world();
    expect(await handlePresence([reconcileRequest()], deps)).toEqual([undefined]);
    expect(await sessions.find(deviceId)).toMatchObject({
      connected: true,
      since: someTime - recoveryWindowMs,
    });
    expect(link.sent).toEqual([asksHello]);
    expect(published("spark/status")).toEqual([[deviceId, "online"]]);
    expect(recoveries.all()).toMatchObject([{ issue: "session_lost", at: someTime, fleet }]);
    expect(published("device/recovered")).toEqual([
      ["particle-internal", expect.stringContaining(deviceId)],
    ]);
    await handlePresence([helloMessage], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true, hello });
  });

  it("has no effect when it is repeated", async () => {
    const { deps, sessions, link, published, recoveries } = await world();
    await handlePresence([reconcileRequest(), reconcileRequest(), helloMessage], deps);
    const once = await sessions.find(deviceId);
    await handlePresence([reconcileRequest()], deps);
    expect(await sessions.find(deviceId)).toEqual(once);
    expect(link.sent).toHaveLength(1);
    expect(published("spark/status")).toHaveLength(1);
    expect(recoveries.all()).toHaveLength(1);
  });

  it.each(["broker", "recoveries", "sessions", "link"] as const)(
    "has the same result after a crash before the end of its %s",
    async (where) => {
      const { deps, sessions, recoveries, link, broker } = await world();
      const once = {
        broker: () => vi.spyOn(broker, "publish"),
        recoveries: () => vi.spyOn(recoveries, "add"),
        sessions: () => vi.spyOn(sessions, "put"),
        link: () => vi.spyOn(link, "send"),
      };
      once[where]().mockRejectedValueOnce(new Error("dead"));
      await handlePresence([reconcileRequest()], deps);
      expect(await handlePresence([reconcileRequest()], deps)).toEqual([undefined]);
      expect(await sessions.find(deviceId)).toMatchObject({ connected: true });
      expect(link.sent).toEqual([asksHello]);
      expect(recoveries.all()).toHaveLength(1);
    },
  );

  it("never overwrites a concurrent write", async () => {
    const { deps, sessions } = await world();
    const put = sessions.put;
    vi.spyOn(sessions, "put").mockImplementationOnce(async (session) => {
      await handlePresence([helloMessage], deps);
      return put(session);
    });
    await handlePresence([reconcileRequest()], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true, hello });
  });

  it("requests a hello again when the device did not receive the request, else after an hour", async () => {
    const { deps, link, clock } = await world();
    link.silent.add(deviceId);
    await handlePresence([reconcileRequest()], deps);
    link.silent.delete(deviceId);
    await handlePresence([reconcileRequest()], deps);
    expect(link.sent).toEqual([asksHello, asksHello]);
    await handlePresence([reconcileRequest()], deps);
    expect(link.sent).toHaveLength(2);
    clock.ms += helloAskMs;
    await handlePresence([reconcileRequest()], deps);
    expect(link.sent).toHaveLength(3);
  });

  it("ignores unknown devices and disconnected devices", async () => {
    const { deps, sessions, link } = await world();
    await handlePresence([reconcileRequest("f".repeat(24))], deps);
    link.connected.clear();
    await handlePresence([reconcileRequest()], deps);
    expect(sessions.rows.size).toBe(0);
    expect(link.sent).toEqual([]);
  });

  it("stays in the queue while the broker is unavailable", async () => {
    const { deps, sessions, link } = await world();
    vi.spyOn(link, "presence").mockRejectedValueOnce(new Error("throttled"));
    expect(await handlePresence([reconcileRequest()], deps)).toEqual([expect.any(Error)]);
    expect(sessions.rows.size).toBe(0);
  });

  it("counts no recovery while the presence event of a new connection is in transit", async () => {
    const { deps, link, recoveries, sessions, clock } = await world();
    clock.ms = someTime + presenceSettleMs;
    link.connected.set(deviceId, { connected: true, since: someTime + 1 });
    await handlePresence([reconcileRequest()], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: true });
    expect(recoveries.all()).toEqual([]);
  });

  /** A session of an earlier connection, which the broker has not any more. */
  const connectedBefore = {
    ...{ device: deviceId, region: "us-east-1", connected: true, id: "s1", revision: 1 },
    ...{ since: someTime - presenceSettleMs, at: someTime - presenceSettleMs },
  };

  it("counts no recovery while the presence event of a disconnect is in transit", async () => {
    const { deps, link, recoveries, sessions, published } = await world();
    sessions.rows.set(`${deviceId} us-east-1`, connectedBefore);
    link.connected.set(deviceId, { connected: false, since: someTime - 5 });
    await handlePresence([reconcileRequest()], deps);
    expect(await sessions.find(deviceId)).toMatchObject({ connected: false });
    expect(recoveries.all()).toEqual([]);
    expect(published("device/recovered")).toEqual([]);
  });

  it("is reported once when several workers find it at the same time", async () => {
    const { deps, link, recoveries, sessions, published } = await world();
    sessions.rows.set(`${deviceId} us-east-1`, connectedBefore);
    link.connected.delete(deviceId);
    const later = { ...reconcileRequest(), id: "m3", receivedAt: someTime + 1 };
    const put = sessions.put;
    vi.spyOn(sessions, "put").mockImplementationOnce(async (session) => {
      await handlePresence([later], deps);
      return put(session);
    });
    await handlePresence([reconcileRequest()], deps);
    expect(recoveries.all()).toMatchObject([{ issue: "presence_wrong" }]);
    expect(published("device/recovered")).toHaveLength(1);
  });
});
