import { describe, expect, it, vi } from "vitest";
import type { Device } from "#shared/device/device.ts";
import {
  overdueFactor,
  profileShards,
  profileTtlMs,
  profileUpdateMs,
  silentChecksMax,
} from "#shared/presence/recovery/limits.ts";
import { monitorDevices } from "#shared/presence/recovery/monitorDevices.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryDeviceActivity } from "../../../memory/presence/deviceActivity.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { memoryHeartbeatProfiles } from "../../../memory/presence/heartbeatProfiles.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { deviceId, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

const wakeSeconds = 600;
const wakeMs = wakeSeconds * 1_000;
const overdueMs = overdueFactor * wakeMs;

const aDevice = (id: string): Device => ({ id, fleet, createdAt: "" });
const id = (n: number): string => n.toString(16).padStart(24, "0");

/** A cloud with devices that said in their hello how often they wake. */
const world = async (ids: readonly string[] = [deviceId]) => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const deps = {
    devices: memoryDevices(ids.map(aDevice)),
    sessions: memorySessions(),
    epochs: memoryEpochs(),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    activityStore: memoryDeviceActivity(),
    profiles: memoryHeartbeatProfiles(),
    broker,
    link: memoryLink(),
    now: clock.now,
    onError: vi.fn(),
  };
  const hello = (device: string, wake: number, revision: number) =>
    deps.sessions.put({
      device,
      region: "us-east-1",
      connected: false,
      since: someTime,
      at: someTime,
      id: "s1",
      hello: { functions: [], variables: {}, wake },
      helloAt: clock.ms,
      revision,
    });
  for (const device of ids) await hello(device, wakeSeconds, 1);
  const events = (name: string) =>
    broker.published.flatMap(({ topic, payload }) =>
      topic.endsWith(`particle-internal/${name}`)
        ? [JSON.parse(Buffer.from(payload).toString())]
        : [],
    );
  return {
    ...deps,
    deps,
    clock,
    events,
    hello,
    hear: async (...activity: string[]) =>
      deps.activityStore.add(
        activity.map((device) => ({ device, fleet, at: clock.ms })),
        clock.ms,
      ),
    watch: () => monitorDevices(Number.POSITIVE_INFINITY, deps),
  };
};

describe("monitoring devices", () => {
  it("does nothing for a device with activity in its expected interval", async () => {
    const { hear, watch, clock, events } = await world();
    for (let beats = 0; beats < 20; beats += 1) {
      await hear(deviceId);
      expect(await watch()).toEqual({ activity: 1, checked: 0, silent: new Map() });
      clock.ms += overdueMs - 1;
    }
    expect(events("device/silent")).toEqual([]);
  });

  it("publishes once that a device is overdue and disconnected, and once that it is back", async () => {
    const { hear, watch, clock, events, recoveries } = await world();
    await hear(deviceId);
    await watch();
    clock.ms += overdueMs;
    expect((await watch()).silent).toEqual(new Map([[fleet, 1]]));
    clock.ms += 10 * overdueMs;
    expect((await watch()).silent).toEqual(new Map());
    await watch();
    expect(events("device/silent")).toEqual([
      expect.objectContaining({
        id: deviceId,
        last_heard: new Date(someTime).toISOString(),
        connection_cut: false,
      }),
    ]);
    await hear(deviceId);
    await watch();
    await watch();
    expect(events("device/recovered")).toMatchObject([{ id: deviceId, issue: "silent" }]);
    expect(recoveries.all()).toHaveLength(1);
  });

  it("closes an open, dead connection and records it", async () => {
    const { hear, watch, clock, link, events, recoveries } = await world();
    link.connected.set(deviceId, { connected: true, since: someTime });
    link.silent.add(deviceId);
    await hear(deviceId);
    await watch();
    expect(link.disconnected).toEqual([]);
    clock.ms += overdueMs;
    await watch();
    expect(link.disconnected).toEqual([deviceId]);
    expect(recoveries.all()).toMatchObject([{ issue: "connection_dead" }]);
    expect(events("device/silent")).toMatchObject([{ id: deviceId, connection_cut: true }]);
  });

  it("does not report an idle device that confirms a ping", async () => {
    const { hear, watch, clock, link, events } = await world();
    link.connected.set(deviceId, { connected: true, since: someTime });
    await hear(deviceId);
    await watch();
    clock.ms += overdueMs;
    await watch();
    expect(link.sent).toMatchObject([{ message: { command: "ping" } }]);
    expect(link.disconnected).toEqual([]);
    expect(events("device/silent")).toEqual([]);
    await watch();
    expect(link.sent).toHaveLength(1);
  });

  it("uses the wake interval of a sleepy device", async () => {
    const { hear, watch, clock, hello, events } = await world();
    await hear(deviceId);
    await watch();
    await hello(deviceId, 10 * wakeSeconds, 2);
    clock.ms += overdueMs;
    await watch();
    clock.ms += overdueMs;
    await watch();
    expect(events("device/silent")).toEqual([]);
    clock.ms += 10 * overdueMs;
    await watch();
    expect(events("device/silent")).toHaveLength(1);
  });

  it("counts a connect and a hello as activity", async () => {
    const { hear, watch, clock, hello, events } = await world();
    await hear(deviceId);
    await watch();
    clock.ms += overdueMs;
    await hello(deviceId, wakeSeconds, 2);
    await watch();
    expect(events("device/silent")).toEqual([]);
  });

  it("removes a device that is active in another region, was removed, or was silent for long", async () => {
    const { deps, hear, watch, clock, sessions, profiles, events } = await world([id(1), id(2)]);
    await hear(id(1), id(3));
    await watch();
    clock.ms += overdueMs;
    const there = memorySessions("eu-west-1", sessions.rows);
    await there.put({
      device: id(1),
      region: "eu-west-1",
      connected: true,
      since: clock.ms,
      at: clock.ms,
      handshakeAt: clock.ms,
      revision: 1,
    });
    clock.ms += overdueMs;
    await hear(id(3));
    await watch();
    expect(profiles.all().map(({ device }) => device)).toEqual([id(3)]);
    clock.ms += profileTtlMs;
    await hear(id(3 + profileShards));
    await watch();
    expect(profiles.all().map(({ device }) => device)).not.toContain(id(3));
    expect(events("device/silent")).toEqual([]);
    expect(deps.onError).not.toHaveBeenCalled();
  });

  it.each(["activityStore.remove", "profiles.write", "broker.publish", "link.disconnect"])(
    "has the same result after a crash in %s",
    async (where) => {
      const { deps, hear, watch, clock, link, profiles, activityStore } = await world();
      link.connected.set(deviceId, { connected: true, since: someTime });
      link.silent.add(deviceId);
      const once = {
        "activityStore.remove": () => vi.spyOn(activityStore, "remove"),
        "profiles.write": () => vi.spyOn(profiles, "write"),
        "broker.publish": () => vi.spyOn(deps.broker, "publish"),
        "link.disconnect": () => vi.spyOn(link, "disconnect"),
      }[where];
      await hear(deviceId);
      once?.().mockRejectedValueOnce(new Error("dead"));
      await watch().catch(() => {});
      await watch();
      clock.ms += overdueMs;
      await watch();
      await watch();
      expect(link.disconnected).toEqual([deviceId]);
      expect(profiles.all()).toMatchObject([{ device: deviceId, last: someTime, looks: 1 }]);
      expect(await activityStore.list(1)).toEqual([]);
    },
  );

  it("checks a bounded number of devices in a run, and the others in the next", async () => {
    const ids = Array.from({ length: silentChecksMax + 5 }, (_, n) => id(n));
    const { hear, watch, clock, events } = await world(ids);
    await hear(...ids);
    await watch();
    clock.ms += overdueMs;
    expect((await watch()).checked).toBe(silentChecksMax);
    expect((await watch()).checked).toBe(5);
    expect(new Set(events("device/silent").map((said) => said.id)).size).toBe(ids.length);
  });

  it("keeps unreadable objects and processes the others", async () => {
    const { hear, watch, activityStore, profiles, deps } = await world();
    await hear(deviceId);
    const [bad] = await activityStore.list(1);
    await hear(id(1));
    const read = activityStore.read;
    vi.spyOn(activityStore, "read").mockImplementation(async (key) => {
      if (key === bad) throw new Error("unreadable");
      return read(key);
    });
    await watch();
    expect(profiles.all().map(({ device }) => device)).toEqual([id(1)]);
    expect(await activityStore.list(10)).toEqual([bad]);
    expect(deps.onError).toHaveBeenCalledOnce();
  });
});

describe("monitoring more devices than one run can process", () => {
  const ids = Array.from({ length: 2 * profileShards }, (_, n) => id(n));

  /** Each shard takes so much of a run's time that three of them are begun. */
  const slow = async () => {
    const made = await world(ids);
    const { profiles, clock } = made;
    const { read } = profiles;
    const learned: number[] = [];
    profiles.read = async (shard) => {
      learned.push(shard);
      clock.ms += 0.4 * profileUpdateMs;
      return read(shard);
    };
    return { ...made, learned };
  };
  const runs = Math.ceil(profileShards / 3);

  it("processes the shards in turn and continues from its position", async () => {
    const { watch, hear, learned } = await slow();
    await hear(...ids);
    await watch();
    expect(learned).toEqual([0, 1, 2]);
    for (let run = 1; run < runs; run += 1) await watch();
    expect(learned).toEqual(Array.from({ length: profileShards }, (_, shard) => shard));
    await watch();
    expect(learned.slice(profileShards)).toEqual([0, 1, 2]);
  });

  it("keeps activity until every shard is updated; later activity belongs to the next round", async () => {
    const { watch, hear, profiles, activityStore, clock } = await slow();
    await hear(...ids);
    const first = clock.ms;
    await watch();
    expect(await activityStore.list(10)).toHaveLength(1);
    await hear(...ids);
    const second = clock.ms;
    for (let run = 1; run < runs; run += 1) await watch();
    expect(await activityStore.list(10)).toHaveLength(1);
    expect(profiles.all()).toHaveLength(ids.length);
    expect(new Set(profiles.all().map(({ last }) => last))).toEqual(new Set([first]));
    for (let run = 0; run < runs; run += 1) await watch();
    expect(await activityStore.list(10)).toEqual([]);
    expect(new Set(profiles.all().map(({ last }) => last))).toEqual(new Set([second]));
  });

  it("detects each silent device within a round, and publishes it once", async () => {
    const { watch, hear, clock, events } = await slow();
    await hear(...ids);
    for (let run = 0; run < runs; run += 1) await watch();
    clock.ms += overdueMs;
    for (let run = 0; run < runs; run += 1) await watch();
    expect(
      events("device/silent")
        .map((said) => said.id)
        .toSorted(),
    ).toEqual(ids);
  });

  it.each(["activityStore.remove", "profiles.write", "profiles.putRound", "activityStore.read"])(
    "loses no device activity when it fails in %s at any time",
    async (where) => {
      for (let nth = 0; nth < profileShards; nth += 1) {
        const { watch, hear, profiles, activityStore } = await slow();
        await hear(...ids.slice(0, profileShards));
        await hear(...ids.slice(profileShards));
        const [port, name] = where.split(".") as ["profiles", "write"];
        const ports = { profiles, activityStore };
        const real = ports[port][name];
        let calls = 0;
        ports[port][name] = async (...given: Parameters<typeof real>) => {
          calls += 1;
          if (calls === nth + 1) throw new Error("dead");
          return real(...given);
        };
        for (let run = 0; run < 3 * runs; run += 1) await watch().catch(() => {});
        expect(
          profiles
            .all()
            .map(({ device }) => device)
            .toSorted(),
        ).toEqual(ids);
        expect(await activityStore.list(10)).toEqual([]);
      }
    },
  );
});
