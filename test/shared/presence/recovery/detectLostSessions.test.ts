import { describe, expect, it, vi } from "vitest";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { presenceSettleMs } from "#shared/presence/limits.ts";
import { detectLostSessions } from "#shared/presence/recovery/detectLostSessions.ts";
import {
  activeDevicesMax,
  completeRecheckMs,
  epochFreshMs,
  epochPauseMs,
  helloAskMs,
  lossReportMs,
  recoveryRecheckMs,
  recoveryWindowMs,
  sampleMs,
  unstableMs,
  unstableRecheckMs,
} from "#shared/presence/recovery/limits.ts";
import type { Session } from "#shared/presence/session.ts";
import { memoryEventQueue } from "../../../memory/event/eventQueue.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { aReceivedEvent, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

const device = (n: number): string => n.toString(16).padStart(24, "0");

const heardAt = (ms: number, ...ids: string[]) =>
  ids.flatMap(
    (id) =>
      acceptEvent(
        aReceivedEvent({ topic: `events/${fleet}/${id}/t`, receivedAt: ms, id: `m-${id}` }),
      ) ?? [],
  );

/** A worker in a cloud whose sessions were never lost, and one of its devices. */
const world = async ({ begun = someTime - recoveryWindowMs } = {}) => {
  const clock = stoppedClock();
  const epochs = memoryEpochs();
  await epochs.begin(begun);
  const sessions = memorySessions();
  const put = async (id: string, given: Partial<Session> = {}) => {
    const since = { connected: true, since: someTime, at: someTime };
    const hello = { functions: ["led"], variables: {} };
    await sessions.put({ device: id, region: "us-east-1", ...since, hello, revision: 1, ...given });
  };
  const presenceQueue = memoryEventQueue();
  const read = { epoch: vi.spyOn(epochs, "find"), sessions: vi.spyOn(sessions, "listHere") };
  const onError = vi.fn();
  const onLost = vi.fn();
  const deps = { epochs, sessions, presenceQueue, now: clock.now, onError, onLost };
  const worker = () => detectLostSessions(deps);
  const notice = worker();
  return {
    clock,
    epochs,
    put,
    read,
    onError,
    onLost,
    worker,
    notice,
    presenceQueue,
    hear: (...ids: string[]) => notice(heardAt(clock.ms, ...ids)),
    wipe() {
      epochs.lose();
      sessions.rows.clear();
    },
    doubted: () => presenceQueue.queued.splice(0).map(({ topic }) => topic.split("/")[1]),
  };
};

describe("the detection of lost sessions", () => {
  it("reads only the epoch, ten times a second, and nothing for an event", async () => {
    const { hear, put, read, clock, doubted } = await world();
    await put(device(1));
    await hear(device(1));
    const before = read.sessions.mock.calls.length;
    for (let ms = 0; ms < 10_000; ms += 10) {
      clock.ms += 10;
      await hear(device(1), device(1));
    }
    expect(read.epoch.mock.calls.length).toBeLessThanOrEqual(10_000 / epochFreshMs + 1);
    expect(read.sessions).toHaveBeenCalledTimes(before);
    expect(doubted()).toEqual([]);
  });

  it("reports a loss once, and none of a table that has had no session", async () => {
    const { hear, wipe, epochs, clock, onLost, worker } = await world();
    epochs.lose();
    await hear(device(1));
    await worker()(heardAt(clock.ms, device(1)));
    expect(onLost).not.toHaveBeenCalled();
    clock.ms += epochFreshMs;
    wipe();
    await hear(device(1), device(2));
    clock.ms += epochFreshMs;
    await hear(device(1));
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("reports no old loss, which others have reported, after a pause of the worker", async () => {
    const { hear, wipe, clock, onLost, worker } = await world();
    await hear(device(1));
    wipe();
    await worker()(heardAt(clock.ms, device(2)));
    clock.ms += lossReportMs + 1;
    await hear(device(1));
    expect(onLost).not.toHaveBeenCalled();
  });

  it("requests one reconciliation of each device at its first message after a loss", async () => {
    const { hear, wipe, clock, doubted } = await world();
    await hear(device(9));
    doubted();
    clock.ms += epochFreshMs;
    wipe();
    await hear(device(1), device(2));
    await hear(device(1), device(3));
    expect(doubted()).toEqual([device(1), device(2), device(3)]);
  });

  it("includes devices that were active before the loss was detected", async () => {
    const { hear, wipe, clock, doubted } = await world();
    await hear(device(9));
    doubted();
    wipe();
    clock.ms += 1;
    await hear(device(2));
    expect(doubted()).toEqual([]);
    clock.ms += epochFreshMs;
    await hear(device(3));
    expect(doubted()).toEqual([device(2), device(3)]);
  });

  it("detects a loss that another worker has recorded", async () => {
    const { hear, put, wipe, worker, clock, doubted } = await world();
    await put(device(1));
    await hear(device(1));
    wipe();
    clock.ms += epochFreshMs;
    await worker()(heardAt(clock.ms, device(2)));
    expect(doubted()).toEqual([device(2)]);
    await hear(device(1));
    expect(doubted()).toEqual([device(1)]);
  });

  it("checks again while the table may lose more rows, and while a recovery takes long", async () => {
    const { hear, put, clock, doubted, wipe } = await world();
    wipe();
    await put(device(1));
    await hear(device(1), device(2));
    expect(doubted()).toEqual([device(2)]);
    wipe();
    clock.ms += unstableRecheckMs;
    await hear(device(1), device(2));
    expect(doubted()).toContain(device(1));
    clock.ms += recoveryRecheckMs;
    await hear(device(1), device(2));
    expect(doubted().sort()).toEqual([device(1), device(2)]);
  });

  it("checks each device once during its recovery", async () => {
    const { hear, put, read, clock } = await world({ begun: someTime - unstableMs });
    await put(device(1));
    await hear(device(1));
    const { length } = read.sessions.mock.calls;
    clock.ms += completeRecheckMs - 1;
    await hear(device(1));
    expect(read.sessions).toHaveBeenCalledTimes(length);
    clock.ms += 1;
    await hear(device(1));
    expect(read.sessions).toHaveBeenCalledTimes(length + 1);
  });

  it("finds single lost rows by samples", async () => {
    const { hear, put, clock, doubted } = await world();
    await put(device(1));
    await hear(device(1));
    await hear(device(2));
    expect(doubted()).toEqual([]);
    clock.ms += sampleMs;
    await hear(device(2));
    expect(doubted()).toEqual([device(2)]);
  });

  it.each<[string, Partial<Session>, number]>([
    ["says nothing of what the device is", { hello: undefined }, 1],
    ["was asked for hello recently", { hello: undefined, helloAskedAt: someTime }, 0],
    ["was asked for hello long ago", { hello: undefined, helloAskedAt: someTime - helloAskMs }, 1],
    ["says that the device went just now", { connected: false }, 0],
    ["says that it went long ago", { connected: false, at: someTime - presenceSettleMs - 1 }, 1],
  ])("requests the reconciliation of a session that %s", async (_, given, doubts) => {
    const { hear, put, doubted } = await world();
    await put(device(1), given);
    await hear(device(1));
    expect(doubted()).toHaveLength(doubts);
  });

  it("does not delay events while sessions cannot be read, and recovers afterwards", async () => {
    const { hear, wipe, read, clock, doubted, onError } = await world();
    wipe();
    read.epoch.mockRejectedValueOnce(new Error("down"));
    await hear(device(1));
    await hear(device(1));
    expect(onError).toHaveBeenCalledOnce();
    clock.ms += epochPauseMs;
    await hear(device(2));
    expect(doubted()).toEqual([device(1), device(2)]);
  });

  it("repeats requests that the queue rejected", async () => {
    const { hear, wipe, clock, doubted, presenceQueue } = await world();
    wipe();
    vi.spyOn(presenceQueue, "send").mockResolvedValueOnce(new Map([[0, new Error("throttled")]]));
    await hear(device(1));
    clock.ms += epochPauseMs;
    await hear(device(2));
    expect(doubted()).toEqual([device(1), device(2)]);
  });

  it("bounds the number of devices in memory", async () => {
    const { hear, wipe, clock, doubted } = await world();
    await hear(device(0));
    doubted();
    await hear(device(1));
    const many = Array.from({ length: activeDevicesMax }, (_, i) => device(i + 2));
    await hear(...many);
    wipe();
    clock.ms += epochFreshMs;
    for (let batches = 0; batches < 100; batches += 1) await hear(device(2));
    const found = new Set(doubted());
    expect(found.size).toBe(activeDevicesMax);
    expect(found.has(device(1))).toBe(false);
  });

  it("ignores messages that no device has published", async () => {
    const { hear, notice, wipe, doubted, read } = await world();
    wipe();
    await hear("api", "particle-internal");
    const topic = `events/${fleet}/${device(1)}/spark/status`;
    await notice([acceptEvent(aReceivedEvent({ topic }))!]);
    expect(doubted()).toEqual([]);
    expect(read.epoch).not.toHaveBeenCalled();
  });
});
