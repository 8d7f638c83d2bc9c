import { describe, expect, it, vi } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { DeviceRows } from "#shared/presence/deviceRows.ts";
import { sessionWritesMax, statusPublishMs } from "#shared/presence/limits.ts";
import { handlePresenceMessages } from "#shared/presence/messages/handlePresenceMessages.ts";
import type { Session } from "#shared/presence/session.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { down } from "../../../memory/down.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { handlePresence } from "../../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, someTime } from "../../../memory/samples.ts";

const world = () => {
  const device = { id: deviceId, fleet, name: "lamp", createdAt: "" };
  const broker = memoryBroker();
  const link = memoryLink();
  link.connected.set(deviceId, { connected: true });
  return {
    devices: memoryDevices([device]),
    sessions: memorySessions(),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    epochs: memoryEpochs(),
    broker,
    link,
    now: () => someTime,
    onError: vi.fn(),
    statuses: () =>
      broker.published.map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]),
  };
};

const message = (topic: string, data: object | string): ReceivedEvent => ({
  topic,
  id: "m1",
  receivedAt: someTime,
  data: base64(typeof data === "string" ? data : JSON.stringify(data)),
});

const presence = (eventType: "connected" | "disconnected", session = "s1", id = deviceId) =>
  message(`$aws/events/presence/${eventType}/${id}`, {
    clientId: id,
    eventType,
    timestamp: someTime + (eventType === "connected" ? 0 : 1),
    sessionIdentifier: session,
    principalIdentifier: "p",
    versionNumber: 0,
    ...(eventType === "disconnected" && { disconnectReason: "CONNECTION_LOST" }),
  });

const hello = (said: object | string) => message(`hello/${deviceId}`, said);

const status = `events/${fleet}/${deviceId}/spark/status`;

describe("presence messages", () => {
  it("update the session of a device and publish its status", async () => {
    const deps = world();
    const outcomes = await handlePresence([presence("connected"), presence("disconnected")], deps);
    expect(outcomes).toEqual([undefined, undefined]);
    expect(deps.statuses()).toEqual([
      [status, "online"],
      [status, "offline"],
    ]);
    expect(await deps.sessions.find(deviceId)).toMatchObject({
      connected: false,
      reason: "CONNECTION_LOST",
      since: someTime + 1,
    });
  });

  it("have fields about the firmware, and an invalid one is ignored on its own", async () => {
    const deps = world();
    const [image, other] = ["a".repeat(64), "b".repeat(64)];
    const valid = {
      ...{ firmware: "4", image, other, slots: 2, keys: 3, updates: false, reset: "update" },
      ...{ utc_offset: -210, platform: "lamp-2" },
    };
    await handlePresence([hello(valid)], deps);
    expect((await deps.sessions.find(deviceId))?.hello).toMatchObject(valid);
    const invalid = {
      ...{ image: "A".repeat(64), other: "b", slots: 0, keys: -1, updates: "yes", reset: "" },
      ...{ utc_offset: 841, platform: "x".repeat(65) },
    };
    await handlePresence(
      [{ ...hello({ firmware: "5", ...invalid }), receivedAt: someTime + 1 }],
      deps,
    );
    expect((await deps.sessions.find(deviceId))?.hello).toEqual({
      ...{ firmware: "5", functions: [], variables: {} },
    });
  });

  it("of one device are one write, and those of a batch one read", async () => {
    const deps = world();
    const find = vi.fn(deps.sessions.find);
    const put = vi.fn(deps.sessions.put);
    const given = { ...deps, sessions: { ...deps.sessions, find, put } };
    const messages = [presence("connected"), hello({ firmware: "9" }), presence("disconnected")];
    expect(await handlePresence(messages, given)).toEqual([undefined, undefined, undefined]);
    // The second write records that the statuses are published.
    expect(put.mock.calls.map(([{ revision }]) => revision)).toEqual([1, 2]);
    expect(find).toHaveBeenCalledTimes(1);
    expect(await deps.sessions.find(deviceId)).toMatchObject({
      connected: false,
      hello: { firmware: "9" },
    });
  });

  it("of one device stay in the queue together, and the others leave it", async () => {
    const other = "b".repeat(24);
    const deps = world();
    await deps.devices.add({ id: other, fleet, createdAt: "" });
    const put = vi.fn(async (session: Session) => {
      if (session.device === deviceId) throw new Error("throttled");
      return deps.sessions.put(session);
    });
    const given = { ...deps, sessions: { ...deps.sessions, put } };
    const messages = [
      presence("connected"),
      presence("connected", "s2", other),
      presence("disconnected"),
    ];
    expect(await handlePresence(messages, given)).toEqual([
      new Error("throttled"),
      undefined,
      new Error("throttled"),
    ]);
    expect((await deps.sessions.find(other))?.connected).toBe(true);
  });

  it("fail for a device whose row is malformed, and not for the others", async () => {
    const other = "b".repeat(24);
    const deps = world();
    const rows = new Map<string, DeviceRows | Error>([
      [other, new Error("malformed")],
      [deviceId, { device: { id: deviceId, fleet, createdAt: "" } }],
    ]);
    const messages = [presence("connected", "s2", other), presence("connected")];
    const more = { forwardHello: async () => undefined, wait: async () => {} };
    expect(await handlePresenceMessages(messages, rows, { ...deps, ...more })).toEqual([
      new Error("malformed"),
      undefined,
    ]);
    expect(deps.statuses()).toEqual([[status, "online"]]);
  });

  describe("of a device that disconnects right after it has verified an image", () => {
    const update = {
      ...{ release: "r1", stage: "started" as const, at: someTime },
      ...{ version: 2, sha256: "a".repeat(64) },
    };
    const row = (more: object): Session => ({
      ...{ device: deviceId, region: "us-east-1", connected: true, since: someTime, id: "s1" },
      ...{ version: 0, at: someTime, revision: 1, update },
      ...more,
    });

    it("wait for the events of its report, which are published before offline", async () => {
      const deps = world();
      await deps.sessions.put(row({}));
      const wait = async () => {
        const event = { name: "spark/flash/status", data: "success " };
        const unpublished = [{ event, fleet }];
        const sent = { ...update, stage: "sent" as const };
        await deps.sessions.put(row({ update: sent, unpublished, revision: 2 }));
      };
      await handlePresence([presence("disconnected")], { ...deps, wait });
      expect(deps.statuses().map(([, data]) => data)).toEqual(["success ", "offline"]);
    });

    it("wait for a second at most, and not for an old disconnect or one after the report", async () => {
      const wait = vi.fn(async () => {});
      const deps = { ...world(), wait };
      await deps.sessions.put(row({}));
      await handlePresence([presence("disconnected")], deps);
      expect(deps.statuses().map(([, data]) => data)).toEqual(["offline"]);
      expect(wait).toHaveBeenCalledTimes(5);
      const late = { ...world(), wait, now: () => someTime + 10_000 };
      await late.sessions.put(row({}));
      await handlePresence([presence("disconnected")], late);
      const reported = { ...world(), wait };
      await reported.sessions.put(row({ update: { ...update, stage: "sent" } }));
      await handlePresence([presence("disconnected")], reported);
      expect(wait).toHaveBeenCalledTimes(5);
    });
  });

  it("store the valid fields of a hello", async () => {
    const deps = world();
    const said = { functions: ["led", 7], variables: { t: "double" }, wake: -1, firmware: "1.0" };
    await handlePresence([hello(said)], deps);
    expect((await deps.sessions.find(deviceId))?.hello).toEqual({
      functions: [],
      variables: { t: "double" },
      firmware: "1.0",
    });
  });

  it.each([
    ["a stream comes", message("$aws/events/presence/connected/stream-1", {})],
    ["a client that is not a device publishes hello", message("hello/x", {})],
    ["an unknown device connects", presence("connected", "s1", "f".repeat(24))],
    ["a device says what is no hello", hello("garbage")],
  ])("have no effect when %s", async (_, given) => {
    const deps = world();
    expect(await handlePresence([given], deps)).toEqual([undefined]);
    expect(deps.sessions.rows.size).toBe(0);
    expect(deps.broker.published).toEqual([]);
  });

  it("stay in the queue when their status cannot be published, which a redelivery publishes", async () => {
    const deps = world();
    const publish = vi.fn(deps.broker.publish).mockRejectedValueOnce(new Error("throttled"));
    const broken = { ...deps, broker: { publish } };
    const [first] = await handlePresence([presence("connected")], broken);
    expect(first).toMatchObject({ message: "throttled" });
    expect(deps.statuses()).toEqual([]);
    expect(await handlePresence([presence("connected")], broken)).toEqual([undefined]);
    expect(deps.statuses()).toEqual([[status, "online"]]);
  });

  it("publish a status again after a crash before the publication was recorded", async () => {
    const deps = world();
    const { put } = deps.sessions;
    const once = vi.fn(put).mockImplementationOnce(put).mockRejectedValueOnce(new Error("dead"));
    const dying = { ...deps, sessions: { ...deps.sessions, put: once } };
    expect(await handlePresence([presence("connected")], dying)).toEqual([expect.any(Error)]);
    // Another worker cannot know whether the crashed worker still publishes.
    expect(await handlePresence([presence("connected")], deps)).toEqual([expect.any(Error)]);
    const later = { ...deps, now: () => someTime + statusPublishMs };
    expect(await handlePresence([presence("connected")], later)).toEqual([undefined]);
    expect(deps.statuses()).toEqual([
      [status, "online"],
      [status, "online"],
    ]);
    expect((await deps.sessions.find(deviceId))?.connected).toBe(true);
  });

  it("publish no status while the database is down, and each status once afterwards", async () => {
    const deps = world();
    const messages = [presence("connected"), hello({ firmware: "9" }), presence("disconnected")];
    const { devices, sessions, epochs, recoveries } = deps;
    const without = {
      ...deps,
      devices: down(devices),
      sessions: down(sessions),
      epochs: down(epochs),
      recoveries: down(recoveries),
    };
    for (let i = 0; i < 3; i += 1) {
      const left = await handlePresence(messages, without);
      expect(left).toEqual(messages.map(() => expect.any(Error)));
    }
    expect(deps.broker.published).toEqual([]);
    expect(await handlePresence(messages, deps)).toEqual(messages.map(() => undefined));
    expect(deps.statuses()).toEqual([
      [status, "online"],
      [status, "offline"],
    ]);
    expect((await deps.sessions.find(deviceId))?.hello).toMatchObject({ firmware: "9" });
  });

  it("are applied to the session that another worker has written concurrently", async () => {
    const deps = world();
    const put: typeof deps.sessions.put = async (session) => {
      if (deps.sessions.rows.size === 0) await handlePresence([hello({ firmware: "9" })], deps);
      return deps.sessions.put(session);
    };
    const racing = { ...deps, sessions: { ...deps.sessions, put } };
    expect(await handlePresence([presence("connected")], racing)).toEqual([undefined]);
    expect(await deps.sessions.find(deviceId)).toMatchObject({
      id: "s1",
      hello: { firmware: "9" },
    });
    expect(deps.statuses()).toEqual([[status, "online"]]);
  });

  it("stay in the queue if concurrent writes never stop", async () => {
    const deps = world();
    const put = vi.fn(async () => false);
    const outcome = await handlePresence([presence("connected")], {
      ...deps,
      sessions: { ...deps.sessions, put },
    });
    expect(outcome).toEqual([expect.any(Error)]);
    expect(put).toHaveBeenCalledTimes(sessionWritesMax);
    expect(deps.statuses()).toEqual([]);
  });

  it("send its fleet to a device that was moved while it was disconnected", async () => {
    const deps = world();
    await handlePresence([hello({ fleet: "f-old" })], deps);
    expect(deps.link.sent).toEqual([
      {
        device: deviceId,
        topic: `control/${deviceId}`,
        message: { command: "fleet", fleet },
      },
    ]);
    deps.link.sent.length = 0;
    await handlePresence([{ ...hello({ fleet }), receivedAt: someTime + 1 }], deps);
    expect(deps.link.sent).toEqual([]);
  });
});
