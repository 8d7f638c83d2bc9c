import { describe, expect, it } from "vitest";
import { archiveEvents } from "#shared/archive/archiveEvents.ts";
import { archiveRetryMs } from "#shared/archive/limits.ts";
import { readArchive, readableSpan } from "#shared/archive/readArchive.ts";
import { sendToArchive } from "#shared/archive/sendToArchive.ts";
import { firstDelivery } from "#shared/delivery/delivery.ts";
import {
  type ArchiveMessage,
  type ArchiveSetting,
  archiveMessage,
} from "#shared/event/archiveSetting.ts";
import { type AcceptedEvent, acceptEvent } from "#shared/event/deviceEvent.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import { backfillPage } from "#shared/job/backfillPage.ts";
import { countArchived } from "#shared/job/countArchived.ts";
import { runJob } from "#shared/job/runJob.ts";
import { sampleArchive } from "#shared/preview/sampleEvents.ts";
import { routeEvents } from "#shared/routing/routeEvents.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryJobQueue, memoryJobs } from "../../memory/delivery/jobs.ts";
import { memoryArchive, memoryArchiveQueue } from "../../memory/event/archive.ts";
import { memorySeenEvents } from "../../memory/event/seenEvents.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import {
  aJob,
  anIntegration,
  aReceivedEvent,
  deviceId,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const received = (id: string, more: { name?: string; at?: number; fleet?: string } = {}) =>
  aReceivedEvent({
    id,
    topic: `events/${more.fleet ?? fleet}/${deviceId}/${more.name ?? "temperature"}`,
    receivedAt: more.at ?? someTime,
  });

const accepted = (...given: Parameters<typeof received>): AcceptedEvent =>
  acceptEvent(received(...given))!;

const on: ArchiveSetting = { enabled: true, days: 30 };

/** A worker of `route`. */
const worker = (setting: ArchiveSetting | undefined = on, shared = memorySeenEvents()) => {
  const clock = stoppedClock();
  const { now } = clock;
  const archives = new Map(setting && [[fleet, setting]]);
  const stored = memoryIntegrations([anIntegration()], [], new Map(), archives);
  const integrations = integrationCache({
    integrations: stored,
    now,
    onStale: () => {},
    onUnreadable: () => {},
  });
  const archiveQueue = memoryArchiveQueue();
  const deliveries = memoryDeliveries();
  const deps = {
    integrations,
    deliveries,
    slowLane: memoryDeliveries(),
    countEvents: () => false,
    seenEvents: shared,
    broker: memoryBroker(),
    storeRecentEvents: async () => {},
    record: async () => {},
    archive: sendToArchive({ integrations, archiveQueue, now }),
    now,
    wait: async () => {},
    onError: () => {},
  };
  return {
    clock,
    archiveQueue,
    deliveries,
    route: (...events: AcceptedEvent[]) => routeEvents(events, deps),
  };
};

describe("events of a fleet with an archive", () => {
  it("are sent to the archive's queue and delivered; events of other fleets are only delivered", async () => {
    const { route, archiveQueue, deliveries } = worker();
    const other = accepted("b", { fleet: "f99" });
    expect(await route(accepted("a"), other)).toEqual([undefined, undefined]);
    expect(archiveQueue.queued).toEqual([{ fleet, days: 30, received: received("a") }]);
    expect(deliveries.queued).toHaveLength(1);
  });

  it("are not archived if the archive is disabled or integrations published them", async () => {
    const off = worker({ enabled: false, days: 30 });
    await off.route(accepted("a"));
    const none = worker(undefined);
    await none.route(accepted("a"));
    const hooks = worker();
    await hooks.route(accepted("a", { name: "hook-response/temperature/0" }));
    for (const { archiveQueue } of [off, hooks]) expect(archiveQueue.queued).toEqual([]);
    expect(none.archiveQueue.queued).toHaveLength(1);
  });

  it("are delivered while the archive queue refuses them, and stay in their queue", async () => {
    const { route, archiveQueue, deliveries } = worker();
    archiveQueue.state.down = true;
    const outcomes = await route(accepted("a"));
    expect(outcomes).toEqual([expect.any(Error)]);
    expect(deliveries.queued).toHaveLength(1);
    archiveQueue.state.down = false;
    expect(await route(accepted("a"))).toEqual([undefined]);
    expect(archiveQueue.queued).toHaveLength(1);
    // A redelivery for the archive is not delivered again.
    expect(deliveries.queued).toHaveLength(1);
  });

  it("are not claimed a while after the last failure of the archive", async () => {
    const seenEvents = memorySeenEvents();
    let claims = 0;
    const { claim } = seenEvents;
    seenEvents.claim = (...given) => {
      claims += 1;
      return claim(...given);
    };
    const { route, archiveQueue, clock } = worker(on, seenEvents);
    await route(accepted("a"));
    expect(claims).toBe(0);
    archiveQueue.state.down = true;
    await route(accepted("b"));
    await route(accepted("b"), accepted("c"));
    expect(claims).toBe(2);
    archiveQueue.state.down = false;
    clock.ms += archiveRetryMs;
    await route(accepted("d"));
    expect(claims).toBe(2);
  });

  it("are acknowledged while the archive queue refuses them", async () => {
    const { archiveQueue, clock } = worker();
    archiveQueue.state.down = true;
    const stored = memoryIntegrations([], [], new Map(), new Map([[fleet, on]]));
    const integrations = integrationCache({
      integrations: stored,
      now: clock.now,
      onStale: () => {},
      onUnreadable: () => {},
    });
    const acks: string[] = [];
    const event = accepted("a", { name: "temperature/?id=k1" });
    await routeEvents([event], {
      integrations,
      deliveries: memoryDeliveries(),
      slowLane: memoryDeliveries(),
      countEvents: () => false,
      seenEvents: memorySeenEvents(),
      broker: { publish: async (topic) => void acks.push(topic) },
      storeRecentEvents: async () => {},
      record: async () => {},
      archive: sendToArchive({ integrations, archiveQueue, now: clock.now }),
      now: clock.now,
      wait: async () => {},
      onError: () => {},
    });
    expect(acks).toEqual([`acks/${deviceId}`]);
  });
});

const message = (...events: ReturnType<typeof received>[]): ArchiveMessage =>
  archiveMessage.parse({ events: events.map((one) => ({ fleet, days: 30, received: one })) });

describe("a batch for the archive", () => {
  it("becomes one object for each fleet and hour, oldest event first", async () => {
    const archive = memoryArchive();
    const messages = [
      message(received("b", { at: someTime + 5 }), received("late", { at: someTime + hourMs })),
      message(received("a")),
      { events: [{ fleet: "f2", days: 7, received: received("c") }] },
    ];
    expect(await archiveEvents(messages, { archive })).toEqual([undefined, undefined, undefined]);
    const ids = [...archive.objects.values()].map((events) => events.map(({ id }) => id));
    expect(ids.toSorted()).toEqual([["a", "b"], ["c"], ["late"]]);
  });

  it("leaves only the messages in the queue whose events could not be written", async () => {
    const archive = memoryArchive();
    const { write } = archive;
    archive.write = async (object) => {
      if (object.fleet === fleet) throw new Error("down");
      return write(object);
    };
    const other = { events: [{ fleet: "f2", days: 7, received: received("c") }] };
    const outcomes = await archiveEvents([message(received("a")), other], { archive });
    expect(outcomes).toEqual([expect.any(Error), undefined]);
  });
});

/** An archive of events ten seconds apart, each written twice, some with another name. */
const filled = async (count: number) => {
  const archive = memoryArchive();
  const events = Array.from({ length: count }, (_, i) =>
    received(`m${i}`, { at: someTime + i * 10_000, ...(i % 5 === 4 && { name: "door" }) }),
  );
  for (let i = 0; i < count; i += 7) {
    const messages = [message(...events.slice(i, i + 7))];
    await archiveEvents(messages, { archive });
    await archiveEvents(messages, { archive });
  }
  return archive;
};

const whole = { from: 0, to: someTime + 100 * dayMs };

describe("archived events", () => {
  it.each([1, 3, 100])(
    "are read completely and without duplicates, in pages of %i",
    async (limit) => {
      const reader = readArchive({ archive: await filled(1_000) });
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await reader.page(fleet, whole, { limit, after, matches: () => true });
        expect(page.events.length).toBeLessThanOrEqual(limit);
        ids.push(...page.events.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(ids).toEqual(Array.from({ length: 1_000 }, (_, i) => `m${i}`));
    },
  );

  it("are read within a time range and the retention", async () => {
    const archive = await filled(1_000);
    const count = (from: number, to: number) =>
      countArchived(
        anIntegration({ event: "t" }),
        { from, to },
        {
          archiveReader: readArchive({ archive }),
          now: () => someTime,
        },
      );
    expect(await count(someTime + 10_000, someTime + 60_000)).toMatchObject({
      count: 4,
      atLeast: false,
      oldest: someTime + 10_000,
      newest: someTime + 50_000,
    });
    expect(await count(0, whole.to)).toMatchObject({ count: 800 });
    const now = someTime + 30 * dayMs + 1_000;
    expect(readableSpan(whole, on, now)).toEqual({ from: someTime + 1_000, to: now });
  });

  it("are shown by a preview, newest matching events first", async () => {
    const archive = await filled(50);
    const now = () => someTime + 500_000;
    const sample = await sampleArchive(anIntegration({ event: "door" }), 3, { archive, now });
    expect(sample.map(({ id }) => id)).toEqual(["m49", "m44", "m39"]);
  });
});

describe("a backfill", () => {
  it("delivers matching events with the ids of their regular deliveries", async () => {
    const clock = stoppedClock(someTime + dayMs);
    const { now } = clock;
    const integration = anIntegration({ event: "door", disabled: false });
    const archive = await filled(1_000);
    const deps = {
      jobs: memoryJobs({ region: "us-east-1", now }),
      jobQueue: memoryJobQueue(),
      integrations: memoryIntegrations([integration]),
      deadLetters: memoryDeadLetters(now),
      deliveries: memoryDeliveries(),
      record: async () => {},
      now,
      wait: async (ms: number) => {
        clock.ms += ms;
      },
    };
    const work = { kind: "backfill" as const, from: 0, to: clock.ms };
    await deps.jobs.add(aJob({ work, perSecond: 10, total: 200 }));
    let name = { fleet, id: "job-1" };
    for (let runs = 0; runs < 100; runs += 1) {
      await runJob(name, { ...deps, archiveReader: readArchive({ archive }) });
      const next = deps.jobQueue.queued.shift();
      if (next === undefined) break;
      name = next;
    }
    expect(await deps.jobs.find(fleet, "job-1")).toMatchObject({ state: "done" });
    const { queued } = deps.deliveries;
    const expected = Array.from({ length: 200 }, (_, i) => `m${i * 5 + 4}`);
    expect([...new Set(queued.map(({ event }) => event.id))]).toEqual(expected);
    // A reader drops duplicates, so an event is delivered twice only where two runs meet.
    expect(queued.length).toBeLessThan(210);
    for (const { id, event, replayed } of queued) {
      expect(id).toBe(firstDelivery(event, integration, 0).id);
      expect(replayed).toBe(true);
    }
  });

  it("does not continue if the queue refuses a delivery", async () => {
    const archiveReader = readArchive({ archive: await filled(10) });
    const deliveries = memoryDeliveries(() => true);
    const page = { span: whole, limit: 5, after: undefined };
    const deps = { archiveReader, deliveries, record: async () => {}, now: () => someTime };
    await expect(backfillPage(anIntegration(), page, deps)).rejects.toThrow("did not accept");
  });
});
