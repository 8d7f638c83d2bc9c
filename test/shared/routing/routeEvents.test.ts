import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type AcceptedEvent, deliveryId } from "#shared/event/deviceEvent.ts";
import { seenHours, seenLeaseSeconds } from "#shared/event/limits.ts";

import type { Integration } from "#shared/integration/model/integration.ts";
import type { LedgerRecord } from "#shared/ledger/record.ts";
import { emptyRecord } from "#shared/ledger/record.ts";
import type { UsageLimit } from "#shared/limit/usageLimit.ts";
import { countBusyDevices } from "#shared/routing/busyDevices.ts";
import { busyEventsMin, busyWindowMs, claimRetryMs } from "#shared/routing/limits.ts";
import { routeEvents } from "#shared/routing/routeEvents.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memorySeenEvents } from "../../memory/event/seenEvents.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import {
  anEvent,
  anIntegration,
  aReceivedEvent,
  deviceId,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

const event = (id: string, key?: string, message = `message of ${id}`): AcceptedEvent => ({
  event: anEvent({ id }),
  ...(key !== undefined && { key }),
  message,
  received: aReceivedEvent({ id: message }),
});

/** The dependencies of a worker, in memory. */
const world = (
  known: readonly Integration[] = [anIntegration()],
  undecodableIds: readonly string[] = [],
) => {
  const clock = stoppedClock();
  const errors: string[] = [];
  const recorded: LedgerRecord[] = [];
  return {
    clock,
    errors,
    integrations: { ofFleet: async () => ({ known, undecodableIds }) },
    deliveries: memoryDeliveries(),
    slowLane: memoryDeliveries(),
    countEvents: countBusyDevices(clock.now),
    seenEvents: memorySeenEvents(),
    broker: memoryBroker(),
    now: clock.now,
    wait: async (ms: number) => {
      clock.ms += ms;
    },
    storeRecentEvents: async () => {},
    recorded,
    record: async (record: LedgerRecord) => void recorded.push(record),
    archive: { send: async () => new Map(), isRetryPending: async () => false },
    onError: (what: string) => void errors.push(what),
  };
};

const acked = ({ broker }: ReturnType<typeof world>): unknown[] =>
  broker.published.map(({ topic, payload }) => [topic, JSON.parse(payload.toString())]);

const queuedIds = ({ deliveries }: ReturnType<typeof world>): string[] =>
  deliveries.queued.map(({ event, integration }) => `${event.id} to ${integration}`).sort();

describe("records of a batch", () => {
  it("stores recent events without delaying deliveries and acknowledgements", async () => {
    const deps = world();
    const slow = Promise.withResolvers<void>();
    const routing = routeEvents([event("e1", "k1")], {
      ...deps,
      storeRecentEvents: () => slow.promise,
    });
    await vi.waitFor(() => expect(acked(deps)).toHaveLength(1));
    expect(queuedIds(deps)).toEqual(["e1 to integration-1"]);
    slow.resolve();
    expect(await routing).toEqual([undefined]);
  });

  it("does not record a status event of the cloud as device activity", async () => {
    const deps = world([]);
    const status = { ...event("e1"), event: anEvent({ id: "e1", name: "spark/status" }) };
    await routeEvents([status], deps);
    expect(deps.recorded.flatMap(({ heard }) => heard)).toEqual([]);
  });

  it("records device activity in one record before it returns", async () => {
    const deps = world([]);
    const later = aReceivedEvent({ receivedAt: someTime + 5 });
    const byUser = anEvent({ id: "e3", device: "api" });
    const said = Promise.withResolvers<void>();
    const record = async (one: LedgerRecord) => {
      await said.promise;
      await deps.record(one);
    };
    let answered = false;
    const routing = routeEvents(
      [
        event("e1"),
        { ...event("e2"), received: later },
        { ...event("e3"), event: byUser },
        event("e4"),
      ],
      { ...deps, record },
    ).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    said.resolve();
    await routing;
    expect(deps.recorded).toEqual([
      {
        ...emptyRecord,
        heard: [{ device: deviceId, fleet, at: someTime + 5 }],
        plans: expect.any(Array),
        routed: expect.any(Array),
      },
    ]);
  });

  it("records planned deliveries, and gives deliveries the event's receive time", async () => {
    const deps = world([anIntegration({ id: "a" }), anIntegration({ id: "b", event: "humidity" })]);
    const acceptedAt = someTime - 7;
    const given = { ...event("e1"), received: aReceivedEvent({ receivedAt: acceptedAt }) };
    await routeEvents([given], deps);
    expect(deps.recorded[0]?.plans).toEqual([
      {
        event: "e1",
        acceptedAt,
        at: deps.now(),
        to: ["a"],
        metered: { fleet, device: deviceId, kind: "publish", kilobytes: 1 },
      },
    ]);
    expect(deps.deliveries.queued).toMatchObject([{ integration: "a", acceptedAt }]);
  });

  describe("the plan of a redelivered message", () => {
    const at = (ms: number, message: string): AcceptedEvent => ({
      ...event("e1", "k1", message),
      received: aReceivedEvent({ id: message, receivedAt: someTime + ms }),
    });
    /** The plans, each of which counts in the usage of the fleet if it is not empty. */
    const plansOf = ({ recorded }: ReturnType<typeof world>) =>
      recorded.flatMap(({ plans }) =>
        plans.map(({ acceptedAt, to, metered }) => {
          expect(metered === undefined).toBe(to.length === 0);
          return [acceptedAt, to];
        }),
      );

    it("stays valid if this message has queued all deliveries", async () => {
      const deps = world();
      await routeEvents([at(1, "m1")], deps);
      await routeEvents([{ ...at(1, "m1"), isRedelivered: true }], deps);
      expect(plansOf(deps)).toEqual([[someTime + 1, ["integration-1"]]]);
    });

    it("is recorded again if the earlier worker crashed before it queued the deliveries", async () => {
      const deps = world();
      await deps.seenEvents.claim("e1", "m1", deps.now());
      await routeEvents([{ ...at(1, "m1"), isRedelivered: true }], deps);
      expect(plansOf(deps)).toEqual([[someTime + 1, ["integration-1"]]]);
    });

    it("becomes empty if a repeat by the device has queued the deliveries meanwhile", async () => {
      const deps = world();
      await routeEvents([at(2, "m2")], deps);
      await routeEvents([{ ...at(1, "m1"), isRedelivered: true }], deps);
      expect(plansOf(deps)).toEqual([
        [someTime + 2, ["integration-1"]],
        [someTime + 1, []],
      ]);
    });

    it("becomes empty if another message of the same batch continues", async () => {
      const deps = world();
      const both = [
        { ...at(2, "m2"), isRedelivered: true as const },
        { ...at(1, "m1"), isRedelivered: true as const },
      ];
      await routeEvents(both, deps);
      expect(plansOf(deps)).toEqual([
        [someTime + 1, ["integration-1"]],
        [someTime + 2, []],
      ]);
    });

    it("becomes empty, beside a duplicate of the same batch, unless it has queued them", async () => {
      const deps = world();
      await routeEvents([at(3, "m3")], deps);
      const redelivered = [at(1, "m1"), at(2, "m2"), at(3, "m3")].map((one) => ({
        ...one,
        isRedelivered: true as const,
      }));
      await routeEvents(redelivered, deps);
      expect(plansOf(deps)).toEqual([
        [someTime + 3, ["integration-1"]],
        [someTime + 1, []],
        [someTime + 2, []],
      ]);
    });

    it("is not recorded for a duplicate that is received for the first time", async () => {
      const deps = world();
      await routeEvents([at(1, "m1")], deps);
      await routeEvents([at(2, "m2")], deps);
      await routeEvents([at(3, "m3"), at(4, "m4")], deps);
      expect(plansOf(deps)).toEqual([[someTime + 1, ["integration-1"]]]);
    });
  });
});

describe("matching and acknowledging", () => {
  it("queues a delivery for each matching integration, and none for the others", async () => {
    const deps = world([
      anIntegration({ id: "a" }),
      anIntegration({ id: "b", event: "temperature", deadline: 60 }),
      anIntegration({ id: "c", event: "humidity" }),
    ]);
    expect(await routeEvents([event("e1"), event("e2")], deps)).toEqual([undefined, undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to a", "e1 to b", "e2 to a", "e2 to b"]);
    const toB = deps.deliveries.queued.find(({ integration }) => integration === "b");
    expect(toB).toMatchObject({
      attempts: 0,
      notBefore: deps.now(),
      deadline: deps.now() + 60_000,
    });
  });

  it("claims no event whose device asks for no acknowledgement", async () => {
    const deps = {
      ...world(),
      seenEvents: { claim: () => expect.unreachable(), confirm: () => expect.unreachable() },
    };
    expect(await routeEvents([event("e1")], deps)).toEqual([undefined]);
    expect(acked(deps)).toEqual([]);
  });

  it("acknowledges only after the deliveries are queued", async () => {
    const deps = world();
    const order: string[] = [];
    const inOrder =
      <Arguments extends unknown[], Result>(step: string, run: (...all: Arguments) => Result) =>
      (...all: Arguments): Result => {
        order.push(step);
        return run(...all);
      };
    const { deliveries, broker, seenEvents } = deps;
    await routeEvents([event("e1", "k1")], {
      ...deps,
      deliveries: { send: inOrder("queued", deliveries.send) },
      seenEvents: { ...seenEvents, confirm: inOrder("marked", seenEvents.confirm) },
      broker: { publish: inOrder("acked", broker.publish) },
    });
    expect(order).toEqual(["queued", "marked", "acked"]);
  });

  it("acknowledges all of a device's events in one message", async () => {
    const deps = world();
    const other = { ...event("e3", "k3"), event: anEvent({ id: "e3", device: "other" }) };
    await routeEvents([event("e1", "k1"), event("e2", "k2"), other, event("e4")], deps);
    expect(acked(deps)).toEqual([
      [`acks/${deviceId}`, { ids: ["k1", "k2"] }],
      ["acks/other", { ids: ["k3"] }],
    ]);
  });

  it("acknowledges an event that matches no integration", async () => {
    const deps = world([]);
    expect(await routeEvents([event("e1", "k1")], deps)).toEqual([undefined]);
    expect(acked(deps)).toEqual([[`acks/${deviceId}`, { ids: ["k1"] }]]);
  });
});

describe("duplicates", () => {
  it("delivers duplicates in the same batch once", async () => {
    const deps = world();
    const outcomes = await routeEvents([event("e1", "k1"), event("e1", "k1"), event("e2")], deps);
    expect(outcomes).toEqual([undefined, undefined, undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1", "e2 to integration-1"]);
    expect(acked(deps)).toEqual([[`acks/${deviceId}`, { ids: ["k1"] }]]);
  });

  it("acknowledges a duplicate within a day and does not deliver it again", async () => {
    const deps = world();
    await routeEvents([event("e1", "k1")], deps);
    deps.clock.ms += seenHours * 3_600_000 - 1_000;
    expect(await routeEvents([event("e1", "k1")], deps)).toEqual([undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1"]);
    expect(acked(deps)).toHaveLength(2);
  });

  it("waits for another worker that holds the event, and then acknowledges the event", async () => {
    const deps = world();
    await deps.seenEvents.claim("e1", "another message", deps.now());
    let waits = 0;
    const wait = async (ms: number) => {
      expect(ms).toBe(claimRetryMs);
      waits += 1;
      if (waits === 2) await deps.seenEvents.confirm("e1", "another message", deps.now());
    };
    expect(await routeEvents([event("e1", "k1")], { ...deps, wait })).toEqual([undefined]);
    expect(waits).toBe(2);
    expect(queuedIds(deps)).toEqual([]);
    expect(acked(deps)).toEqual([[`acks/${deviceId}`, { ids: ["k1"] }]]);
  });

  it("leaves an event in the queue while a dead worker's lease is valid, and delivers it afterwards", async () => {
    const deps = world();
    await deps.seenEvents.claim("e1", "another message", deps.now());
    expect(await routeEvents([event("e1", "k1"), event("e2")], deps)).toEqual([
      expect.any(Error),
      undefined,
    ]);
    expect(acked(deps)).toEqual([]);
    deps.clock.ms += seenLeaseSeconds * 1_000;
    expect(await routeEvents([event("e1", "k1")], deps)).toEqual([undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1", "e2 to integration-1"]);
    expect(acked(deps)).toHaveLength(1);
  });

  it("claims an event again at once if the same message is redelivered", async () => {
    const deps = world();
    await deps.seenEvents.claim("e1", "message of e1", deps.now());
    expect(await routeEvents([event("e1", "k1")], deps)).toEqual([undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1"]);
    expect(acked(deps)).toHaveLength(1);
  });
});

describe("errors", () => {
  it("leaves only those events in the queue whose deliveries were refused", async () => {
    const both = [anIntegration({ id: "a" }), anIntegration({ id: "b" })];
    const deps = world(both);
    const deliveries = memoryDeliveries((one) => one.event.id === "e1" && one.integration === "b");
    const outcomes = await routeEvents([event("e1", "k1"), event("e2", "k2")], {
      ...deps,
      deliveries,
    });
    expect(outcomes).toEqual([expect.any(Error), undefined]);
    expect(outcomes[0]?.cause).toEqual(new Error("refused"));
    expect(acked(deps)).toEqual([[`acks/${deviceId}`, { ids: ["k2"] }]]);
  });

  it("leaves only the events of fleets in the queue whose integrations cannot be read", async () => {
    const deps = world();
    const ofFleet = async (fleet: string) => {
      if (fleet === "down") throw new Error("the table is down");
      return { known: [anIntegration()], undecodableIds: [] };
    };
    const down = { ...event("e1"), event: anEvent({ id: "e1", fleet: "down" }) };
    const outcomes = await routeEvents([down, event("e2")], {
      ...deps,
      integrations: { ofFleet },
    });
    expect(outcomes).toEqual([new Error("the table is down"), undefined]);
  });

  it("queues every event for an integration that cannot be read, and records it", async () => {
    const deps = world([anIntegration()], ["unread"]);
    const hook = { ...event("e2"), event: anEvent({ id: "e2", name: "hook-sent/temperature" }) };
    expect(await routeEvents([event("e1", "k1"), hook], deps)).toEqual([undefined, undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1", "e1 to unread"]);
    const plan = deps.recorded.flatMap(({ plans }) => plans).find((one) => one.event === "e1");
    expect(plan?.to).toEqual(["integration-1", "unread"]);
    const undecodableIds = deps.deliveries.queued.find(
      ({ integration }) => integration === "unread",
    );
    expect(undecodableIds).toMatchObject({ unmatched: true, acceptedAt: someTime });
    expect(acked(deps)).toHaveLength(1);
  });

  it("delivers and acknowledges while duplicates cannot be detected", async () => {
    const deps = world();
    const claim = async () => Promise.reject(new Error("the table is down"));
    const down = { ...deps, seenEvents: { claim, confirm: () => expect.unreachable() } };
    expect(await routeEvents([event("e1", "k1")], down)).toEqual([undefined]);
    expect(queuedIds(deps)).toEqual(["e1 to integration-1"]);
    expect(acked(deps)).toEqual([[`acks/${deviceId}`, { ids: ["k1"] }]]);
    expect(deps.errors).toEqual(["claim"]);
  });

  it("acknowledges an event that it cannot mark as seen, because its deliveries are queued", async () => {
    const deps = world();
    const confirm = async () => Promise.reject(new Error("the table is down"));
    const seenEvents = { ...deps.seenEvents, confirm };
    expect(await routeEvents([event("e1", "k1")], { ...deps, seenEvents })).toEqual([undefined]);
    expect(acked(deps)).toHaveLength(1);
    expect(deps.errors).toEqual(["confirm"]);
  });

  it("removes an event whose acknowledgement fails, because its device repeats it", async () => {
    const deps = world();
    const broker = { publish: async () => Promise.reject(new Error("throttled")) };
    expect(await routeEvents([event("e1", "k1")], { ...deps, broker })).toEqual([undefined]);
    expect(deps.errors).toEqual(["ack"]);
    expect(await routeEvents([event("e1", "k1")], deps)).toEqual([undefined]);
    expect(acked(deps)).toHaveLength(1);
    expect(queuedIds(deps)).toHaveLength(1);
  });
});

describe("a worker that crashes or gets an error at any step", () => {
  const keys = fc.option(fc.constantFrom("k1", "k2", "k3"), { nil: undefined });
  /** Events of the queue: some have ids of their devices, and some of these are duplicates. */
  const batches = fc.array(
    fc.record({ n: fc.integer({ min: 0, max: 5 }), key: keys }).map(({ n, key }) =>
      // As in `acceptEvent`, the id is derived from the device's own id if there is one.
      key === undefined ? event(`uuid-${n}`) : event(`id of ${key}`, key, `uuid-${n}`),
    ),
    { minLength: 1, maxLength: 10 },
  );
  const integrations = [anIntegration({ id: "a" }), anIntegration({ id: "b" })];

  const ids = ["a", "b", "unread"];

  it("loses nothing: each event is queued for all integrations before it is acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 0, max: 30 }),
        async (batch, luck, healthRecords) => {
          const deps = world(integrations, ["unread"]);
          let left = healthRecords;
          /** While failures are left, a call may fail before or after it takes effect. */
          const mayFail = async <T>(run: () => Promise<T>): Promise<T> => {
            const fails = left > 0 && luck.next().value;
            if (!fails) return run();
            left -= 1;
            if (luck.next().value) await run();
            throw new Error("crashed here");
          };
          const { seenEvents, deliveries, broker, integrations: known } = deps;
          const shaky = {
            ...deps,
            integrations: { ofFleet: () => mayFail(() => known.ofFleet()) },
            seenEvents: {
              claim: (...all: Parameters<typeof seenEvents.claim>) =>
                mayFail(() => seenEvents.claim(...all)),
              confirm: (...all: Parameters<typeof seenEvents.confirm>) =>
                mayFail(() => seenEvents.confirm(...all)),
            },
            deliveries: {
              send: async (all: Parameters<typeof deliveries.send>[0], now: number) => {
                const refused = left > 0 ? all.filter(() => luck.next().value) : [];
                left -= Math.min(left, refused.length);
                await mayFail(() =>
                  deliveries.send(
                    all.filter((one) => !refused.includes(one)),
                    now,
                  ),
                );
                return new Map(refused.map(({ id }) => [id, new Error("refused")]));
              },
            },
            broker: {
              publish: async (topic: string, payload: Uint8Array) => {
                // An acknowledged event must be queued for all its integrations.
                const { ids } = JSON.parse(payload.toString());
                tooEarly.push(...ids.filter((key: string) => !isDelivered(`id of ${key}`)));
                await mayFail(() => broker.publish(topic, payload));
              },
            },
          };
          const tooEarly: string[] = [];
          const isDelivered = (id: string) =>
            ids.every((to) => queuedIds(deps).includes(`${id} to ${to}`));
          let queue = batch;
          for (let round = 0; queue.length > 0; round += 1) {
            expect(round).toBeLessThan(100);
            const outcomes = await routeEvents(queue, shaky).catch(() =>
              queue.map(() => "crashed"),
            );
            queue = queue.filter((_, i) => outcomes[i] !== undefined);
            deps.clock.ms += seenLeaseSeconds * 1_000;
          }
          expect(batch.filter((one) => !isDelivered(one.event.id))).toEqual([]);
          expect(tooEarly).toEqual([]);
          // A duplicate delivery has the same id.
          for (const one of deliveries.queued) {
            expect(one.id).toBe(deliveryId(one.event.id, one.integration));
          }
          if (healthRecords === 0) {
            const once = new Set(batch.map((one) => one.event.id)).size * ids.length;
            expect(deliveries.queued).toHaveLength(once);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a limit of usage that is reached", () => {
  const limit: UsageLimit = {
    id: "00000000000000aa",
    fleet,
    scope: "device",
    target: deviceId,
    period: "day",
    limit: 1,
    action: "park",
    createdAt: someTime,
    revision: 0,
  };

  const routed = async (
    some: Partial<UsageLimit>,
    about: Partial<{
      name: string;
      device: string;
      until: number;
      revision: number;
      devices: string[];
    }> = {},
  ) => {
    const deps = world();
    const { name, device, until = someTime + 60_000, revision = 0, devices } = about;
    const reached = [{ limit: limit.id, revision, until, ...(devices && { devices }) }];
    const limits = { limits: [{ ...limit, ...some }], reached };
    const known = [anIntegration({ event: "" })];
    const integrations = { ofFleet: async () => ({ known, undecodableIds: [], limits }) };
    const one = {
      ...event("e1", "k1"),
      event: anEvent({ id: "e1", ...(name && { name }), ...(device && { device }) }),
    };
    expect(await routeEvents([one], { ...deps, integrations })).toEqual([undefined]);
    // Whatever happens to the delivery: it is in a queue, and the device gets its acknowledgement.
    expect(acked(deps)).toHaveLength(1);
    const queued = [...deps.deliveries.queued, ...deps.slowLane.queued];
    expect(queued).toHaveLength(1);
    return { lane: queued[0]?.lane, action: queued[0]?.restriction?.action };
  };
  const free = { lane: undefined, action: undefined };

  it("parks the events of its device, which are acknowledged", async () => {
    expect(await routed({})).toEqual({ lane: undefined, action: "park" });
  });

  it("queues the events of its device in the slow lane", async () => {
    expect(await routed({ action: "slow" })).toEqual({ lane: "slow", action: "slow" });
  });

  it("leaves an event in its queue whose delivery the slow lane refused", async () => {
    const deps = world();
    const limits = {
      limits: [{ ...limit, action: "slow" as const }],
      reached: [{ limit: limit.id, revision: 0, until: someTime + 60_000 }],
    };
    const known = [anIntegration({ event: "" })];
    const integrations = { ofFleet: async () => ({ known, undecodableIds: [], limits }) };
    const slowLane = memoryDeliveries(() => true);
    const [outcome] = await routeEvents([event("e1", "k1")], { ...deps, integrations, slowLane });
    expect(outcome?.cause).toEqual(new Error("refused"));
    expect(acked(deps)).toEqual([]);
  });

  it("of a fleet parks all events, and slows down only the culprits", async () => {
    const ofFleet = { scope: "fleet", target: undefined } as const;
    expect((await routed(ofFleet)).action).toBe("park");
    expect(await routed({ ...ofFleet, action: "slow" }, { devices: ["other"] })).toEqual(free);
    const culprit = await routed({ ...ofFleet, action: "slow" }, { devices: [deviceId] });
    expect(culprit.action).toBe("slow");
  });

  it("leaves other devices, free events, and notices of the cloud alone", async () => {
    expect(await routed({ target: "0123456789abcdef0000000f" })).toEqual(free);
    expect(await routed({}, { name: "spark/device/diagnostics/update" })).toEqual(free);
    const ofIntegration = { scope: "integration", target: "integration-1" } as const;
    const notice = { name: "usage/notice", device: "particle-internal" };
    expect(await routed(ofIntegration, notice)).toEqual(free);
    expect((await routed(ofIntegration, { name: "spark/x" })).action).toBe("park");
  });

  it("ends with its period, and when its owner changes it", async () => {
    expect(await routed({}, { until: someTime })).toEqual(free);
    expect(await routed({ revision: 1 })).toEqual(free);
    expect(await routed({ action: "notify" })).toEqual(free);
  });
});

describe("a device that publishes at a high rate", () => {
  const routedOf = async (deps: ReturnType<typeof world>, device: string, count: number) => {
    const before = deps.deliveries.queued.length;
    const some = Array.from({ length: count }, (_, n) => {
      const id = `${device}-${deps.clock.ms}-${n}`;
      return { ...event(id), event: anEvent({ id, device }) };
    });
    await routeEvents(some, deps);
    return deps.deliveries.queued.slice(before).map(({ busy = false }) => busy);
  };

  it("gets its own place in the queue, and the other devices keep theirs", async () => {
    const deps = world();
    const other = "0123456789abcdef0000000f";
    expect(await routedOf(deps, deviceId, busyEventsMin - 1)).not.toContain(true);
    expect(await routedOf(deps, deviceId, 1)).toEqual([true]);
    expect(await routedOf(deps, other, 1)).toEqual([false]);
    // In the next window it still has it; then it has calmed down.
    deps.clock.ms += busyWindowMs;
    expect(await routedOf(deps, deviceId, 1)).toEqual([true]);
    deps.clock.ms += busyWindowMs;
    expect(await routedOf(deps, deviceId, 1)).toEqual([false]);
  });

  it("has calmed down after a pause", async () => {
    const deps = world();
    expect(await routedOf(deps, deviceId, busyEventsMin)).toContain(true);
    deps.clock.ms += 2 * busyWindowMs;
    expect(await routedOf(deps, deviceId, 1)).toEqual([false]);
  });
});
