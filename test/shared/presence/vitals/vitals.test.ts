import { describe, expect, it } from "vitest";
import { acceptEvent, type ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { dayMs, hourMs } from "#shared/platform/durations.ts";
import { forwardVitals } from "#shared/presence/vitals/forwardVitals.ts";
import {
  vitalsBurst,
  vitalsBytesMax,
  vitalsPerHourMax,
  vitalsRefillMs,
} from "#shared/presence/vitals/limits.ts";
import { lastVitals, listVitals } from "#shared/presence/vitals/listVitals.ts";
import { vitalsMetadata } from "#shared/presence/vitals/metadata.ts";
import { storeVitals } from "#shared/presence/vitals/storeVitals.ts";
import { memoryEventQueue } from "../../../memory/event/eventQueue.ts";
import { memoryVitals } from "../../../memory/presence/vitals.ts";
import {
  aReceivedEvent,
  base64,
  deviceId,
  fleet,
  someTime,
  stoppedClock,
} from "../../../memory/samples.ts";

const topicOf = (device = deviceId, at?: number): string =>
  `events/${fleet}/${device}/spark/device/diagnostics/update${at === undefined ? "" : `/?at=${at}`}`;

const message = (payload: unknown, more: Partial<ReceivedEvent> = {}): ReceivedEvent =>
  aReceivedEvent({
    topic: topicOf(),
    data: base64(typeof payload === "string" ? payload : JSON.stringify(payload)),
    ...more,
  });

const payload = { device: { system: { uptime: 12, load: 0.5, gone: { err: -210 } } } };

describe("vitals in a batch of events", () => {
  const world = (refuses?: (event: ReceivedEvent) => boolean) => {
    const clock = stoppedClock();
    const presenceQueue = memoryEventQueue(refuses);
    const skipped: number[] = [];
    const onSkipped = (count: number) => skipped.push(count);
    const forward = forwardVitals({ presenceQueue, now: clock.now, onSkipped });
    const forwardAll = (...received: ReceivedEvent[]) =>
      forward(received.flatMap((one) => acceptEvent(one) ?? []));
    return { clock, presenceQueue, skipped, forward, forwardAll };
  };

  it("are forwarded to the queue of presence messages, and no other event is", async () => {
    const { presenceQueue, forwardAll } = world();
    const vitals = message(payload);
    const others = [
      aReceivedEvent(),
      message(payload, { topic: topicOf("api") }),
      message(payload, { topic: topicOf("particle-internal") }),
      message(payload, { topic: topicOf().replace("/update", "/other") }),
    ];
    expect(await forwardAll(...others)).toEqual([]);
    expect(await forwardAll(others[0]!, vitals)).toEqual([]);
    expect(presenceQueue.queued).toEqual([vitals]);
  });

  it("stay in their queue if they cannot be forwarded, without an effect on other events", async () => {
    const { forwardAll } = world((event) => event.id === "bad");
    const errors = await forwardAll(
      aReceivedEvent(),
      message(payload, { id: "bad" }),
      message(payload, { id: "good" }),
    );
    expect([0, 1, 2].map((i) => errors[i] !== undefined)).toEqual([false, true, false]);
  });

  it("of a device in a loop are bounded, and those of other devices are not", async () => {
    const { clock, presenceQueue, skipped, forwardAll, forward } = world();
    const loop = Array.from({ length: vitalsBurst + 5 }, (_, i) =>
      message(payload, { id: `${i}` }),
    );
    const other = message(payload, { topic: topicOf("f".repeat(24)) });
    await forwardAll(...loop, other);
    expect(presenceQueue.queued).toHaveLength(vitalsBurst + 1);
    expect(skipped).toEqual([5]);
    // A redelivered message may have been taken before.
    const [again] = loop.flatMap((one) => acceptEvent(one) ?? []);
    await forward([{ ...again!, isRedelivered: true }]);
    expect(presenceQueue.queued).toHaveLength(vitalsBurst + 2);
    clock.ms += vitalsRefillMs;
    await forwardAll(...loop.slice(0, 3));
    expect(presenceQueue.queued).toHaveLength(vitalsBurst + 3);
  });
});

describe("a message with vitals", () => {
  const world = () => {
    const clock = stoppedClock();
    const vitals = memoryVitals(clock.now);
    const refused: { device: string; reason: string }[] = [];
    const onRefused = (refusal: (typeof refused)[number]) => void refused.push(refusal);
    const store = (received: ReceivedEvent) =>
      storeVitals(received, { vitals, now: clock.now, onRefused });
    const last = () => lastVitals({ id: deviceId, fleet }, { vitals });
    return { clock, vitals, refused, store, last };
  };

  it("is stored once, with the time of the event", async () => {
    const { vitals, refused, store, last } = world();
    const received = message(payload, { topic: topicOf(deviceId, someTime - 5_000) });
    await store(received);
    await store(received);
    expect(await last()).toMatchObject({ device: deviceId, at: someTime - 5_000, payload });
    expect(
      (await vitals.list(deviceId, { fleet, since: 0, until: 1e15, limit: 9 })).vitals,
    ).toHaveLength(1);
    expect(refused).toEqual([]);
  });

  it("may have a service, and its other fields are left out", async () => {
    const { store, last } = world();
    const service = { cloud: { uptime: 5 } };
    await store(message({ ...payload, service, more: "x" }));
    expect((await last()).payload).toEqual({ ...payload, service });
  });

  const deep = JSON.parse(`${'{"a":'.repeat(12)}1${"}".repeat(12)}`);
  it.each([
    ["no JSON", "uptime=12"],
    ["a list", []],
    ["no device", { service: {} }],
    ["a device that is a number", { device: 1 }],
    ["a list as its device", { device: [1] }],
    ["deep objects", { device: deep }],
    ["many values", { device: Object.fromEntries([...Array(400).keys()].map((i) => [i, i])) }],
    ["a long text", { device: { text: "x".repeat(600) } }],
    ["a long name", { device: { ["x".repeat(65)]: 1 } }],
    ["a long payload", { device: {}, pad: "x".repeat(vitalsBytesMax) }],
    ["bytes", "\ufffd\u0000"],
  ])("with %s is refused, and the next one is stored", async (_, bad) => {
    const { refused, store, last } = world();
    await store(message(bad));
    expect(refused).toMatchObject([{ device: deviceId }]);
    await expect(last()).rejects.toMatchObject({ code: "not_found" });
    await store(message(payload, { id: "next" }));
    expect((await last()).payload).toEqual(payload);
  });

  it("of a device with too many in an hour, or of long ago, is refused", async () => {
    const { refused, store } = world();
    const hour = someTime - (someTime % hourMs);
    const at = (ms: number, id: string) => message(payload, { id, topic: topicOf(deviceId, ms) });
    for (let i = 0; i <= vitalsPerHourMax; i += 1) await store(at(hour + i, `a${i}`));
    expect(refused).toHaveLength(1);
    await store(at(hour - 1, "before"));
    expect(refused).toHaveLength(1);
    await store(at(someTime - 31 * dayMs, "old"));
    expect(refused[1]?.reason).toContain("older than 30 days");
  });

  it("fails if the table does, so that its queue repeats it", async () => {
    const { vitals } = world();
    const add = () => Promise.reject(new Error("down"));
    const deps = { vitals: { ...vitals, add }, now: () => someTime, onRefused: () => {} };
    await expect(storeVitals(message(payload), deps)).rejects.toThrow("down");
    await storeVitals(aReceivedEvent(), deps);
  });
});

describe("the history of vitals", () => {
  it("has the vitals of the present fleet between two dates, both inclusive, in pages", async () => {
    const vitals = memoryVitals(() => someTime);
    for (let i = 0; i < 6; i += 1) {
      const own = i === 3 ? "former" : fleet;
      await vitals.add({ device: deviceId, fleet: own, at: someTime - i, event: `e${i}`, payload });
    }
    const owned = { id: deviceId, fleet };
    const range = { start_date: someTime - 4, end_date: someTime - 1, limit: 2 };
    const first = await listVitals(owned, range, { vitals });
    expect(first.vitals.map(({ event }) => event)).toEqual(["e1", "e2"]);
    const second = await listVitals(owned, { ...range, cursor: first.cursor }, { vitals });
    expect(second).toMatchObject({ vitals: [{ event: "e4" }] });
    const other = listVitals(
      owned,
      { ...range, end_date: someTime, cursor: first.cursor },
      { vitals },
    );
    await expect(other).rejects.toThrow("other filters");
    const swapped = listVitals(owned, { ...range, start_date: someTime }, { vitals });
    await expect(swapped).rejects.toThrow("start_date: must not be later than end_date");
  });
});

it("describes each vital in Particle's format", () => {
  const leaves: Record<string, unknown>[] = [];
  const visit = (branch: Record<string, unknown>): void => {
    if (typeof branch.title === "string") leaves.push(branch);
    else for (const each of Object.values(branch)) visit(Object(each));
  };
  visit(vitalsMetadata.device);
  visit(vitalsMetadata.service);
  expect(leaves.length).toBeGreaterThan(20);
  for (const leaf of leaves) {
    expect(leaf).toMatchObject({
      type: expect.stringMatching(/^(number|string)$/),
      priority: expect.any(Number),
      messages: { description: expect.any(String) },
    });
  }
});
