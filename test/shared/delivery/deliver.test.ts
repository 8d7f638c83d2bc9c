import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { batchRecord } from "#shared/delivery/batchRecord.ts";
import { deliver } from "#shared/delivery/deliver.ts";
import { type Delivery, unmatchedDelivery } from "#shared/delivery/delivery.ts";
import {
  breakerHoldMsMax,
  breakerSpreadMs,
  deliveryWaitsSeconds,
  heldSecondsMax,
  hopsMax,
  loopEventsMax,
  reasonCharsMax,
  slowAttemptMs,
  unreadableHoldMs,
} from "#shared/delivery/limits.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";
import type { AttemptedDelivery } from "#shared/delivery/responseEvents.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Integrations } from "#shared/integration/model/integrations.ts";
import { furtherRequestMs } from "#shared/integration/request/limits.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { Failure } from "#shared/platform/failure.ts";
import { openCircuitBreaker } from "#shared/resilience/circuitBreaker.ts";
import {
  breakerHangsMin,
  breakerHungOpenMsMin,
  breakerOverloadedMin,
  breakerSlowStartMs,
  slowLaneMs,
} from "#shared/resilience/limits.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";
import type { TargetReply, TargetRequest } from "#shared/target/target.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryFirmwareVersions } from "../../memory/delivery/firmwareVersions.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../../memory/delivery/targetHealth.ts";
import { memoryWaitingDeliveries } from "../../memory/delivery/waitingDeliveries.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import {
  aDelivery,
  anEvent,
  anIntegration,
  base64,
  deviceId,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

/** An integration cache that is always fresh. */
const freshIntegrations = (stored: Integrations) => ({
  find: stored.find,
  async targetHealthOf(ofFleet: string, id: string) {
    return (await stored.fleetRouting(ofFleet)).healthRecords.find(
      ({ integration }) => integration === id,
    );
  },
});

/** Dependencies of a worker whose target replies with `answer`. */
const world = (
  answer: number | Failure | Error,
  integration: Integration | undefined = anIntegration(),
) => {
  const clock = stoppedClock();
  const asked: TargetRequest[] = [];
  const told: AttemptedDelivery[] = [];
  const setbacks: string[] = [];
  const timers: { at: number; what: () => void }[] = [];
  const healthRecords = new Map<string, TargetHealth>();
  const stored = memoryIntegrations(integration ? [integration] : [], [], healthRecords);
  const fleetRouting = { integrations: freshIntegrations(stored) };
  const broker = memoryBroker();
  return {
    clock,
    asked,
    ...fleetRouting,
    targetHealth: trackTargetHealth({
      integrations: stored,
      healthRecords: memoryTargetHealth(healthRecords),
      broker,
      now: clock.now,
      onError: (what: string) => void setbacks.push(what),
    }),
    stored,
    healthRecords,
    published: broker.published,
    deliveries: memoryDeliveries(),
    slowLane: memoryDeliveries(),
    later: (ms: number, what: () => void) => {
      timers.push({ at: clock.ms + ms, what });
      return () => void timers.splice(0);
    },
    timers,
    waiting: memoryWaitingDeliveries(),
    ledger: batchRecord({ now: clock.now, wanted: () => true }),
    setbacks,
    onError: (what: string) => void setbacks.push(what),
    deadLetters: memoryDeadLetters(clock.now),
    now: clock.now,
    chance: () => 0.5,
    circuitBreaker: openCircuitBreaker(),
    loopDetector: openLoopDetector(),
    token: targetTokenCache(clock),
    versions: memoryFirmwareVersions({ [deviceId]: "7" }),
    told,
    responses: {
      publish: (attempted: AttemptedDelivery) => {
        told.push(attempted);
      },
    },
    post: async (request: TargetRequest): Promise<TargetReply> => {
      asked.push(request);
      if (answer instanceof Error) throw answer;
      return { status: answer, body: "" };
    },
  };
};

const buried = async ({ deadLetters }: ReturnType<typeof world>) =>
  (await deadLetters.list("integration-1", { limit: 10 })).deadLetters;

/** Removes waiting deliveries from the queue or the table. */
const next = ({ deliveries, waiting }: ReturnType<typeof world>) => {
  const [kept] = waiting.kept();
  waiting.rows.clear();
  return deliveries.queued.shift() ?? kept;
};

const lastAttempt = (given: Partial<Delivery> = {}) =>
  aDelivery({ attempts: deliveryWaitsSeconds.length, ...given });

describe("a delivery whose integration is unreadable", () => {
  it("waits without an attempt, and is dead-lettered after the length of the schedule", async () => {
    const deps = world(204);
    const integrations = { ...deps.integrations, find: async () => "unreadable" as const };
    expect(await deliver(aDelivery(), { ...deps, integrations })).toBe("waiting");
    const waits = next(deps)!;
    expect(waits).toMatchObject({ attempts: 0, heldSince: someTime });
    expect(waits.notBefore).toBeGreaterThanOrEqual(someTime + unreadableHoldMs);
    deps.clock.ms += heldSecondsMax * 1_000;
    expect(await deliver(waits, { ...deps, integrations })).toBe("deadLettered");
    expect((await buried(deps))[0]?.reason).toBe("the integration cannot be read");
    expect(deps.asked).toEqual([]);
  });
});

describe("a delivery that was created while its integration was unreadable", () => {
  const unmatched = unmatchedDelivery(anEvent(), "integration-1", someTime);

  it("waits for the integration, then has the whole schedule and the integration's deadline", async () => {
    const deps = world(500, anIntegration({ deadline: 600 }));
    const integrations = { ...deps.integrations, find: async () => "unreadable" as const };
    await deliver(unmatched, { ...deps, integrations });
    const waits = next(deps)!;
    expect(waits).toMatchObject({ unmatched: true, attempts: 0 });
    deps.clock.ms += 3_600_000;
    expect(await deliver(waits, deps)).toBe("retried");
    const retried = next(deps)!;
    expect(retried).toMatchObject({ id: unmatched.id, attempts: 1 });
    expect(retried.deadline).toBe(deps.clock.ms + 600_000);
    expect(retried.unmatched).toBeUndefined();
  });

  it.each([
    ["its event is called otherwise", { event: "hum" }],
    ["it is for another device", { deviceID: "f".repeat(24) }],
  ])("is discarded where %s", async (_, given) => {
    const deps = world(204, anIntegration(given));
    expect(await deliver(unmatched, deps)).toBe("discarded");
    expect(deps.asked).toEqual([]);
    expect(await buried(deps)).toEqual([]);
  });

  it("is dead-lettered if the integration is disabled, because it may have been enabled when the event came", async () => {
    const deps = world(204, anIntegration({ disabled: true }));
    expect(await deliver(unmatched, deps)).toBe("deadLettered");
    expect((await buried(deps))[0]?.reason).toBe("the integration is disabled");
  });
});

describe("a delivery", () => {
  it("is delivered when the target accepts it", async () => {
    const deps = world(204);
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    expect(deps.asked).toHaveLength(1);
    expect(deps.asked[0]?.headers["webhook-id"]).toBe("msg_1");
    expect(deps.deliveries.queued).toEqual([]);
    expect(await buried(deps)).toEqual([]);
  });

  it.each([
    [500, "the target answered 500"],
    [404, "the target answered 404"],
    [new Failure("nobody there", { code: "target_unavailable" }), "nobody there"],
    [new Failure("not public", { code: "target_refused" }), "not public"],
  ])("that meets %s is tried again after the schedule's wait", async (answer, reason) => {
    const deps = world(answer);
    expect(await deliver(aDelivery(), deps)).toBe("retried");
    expect(deps.deliveries.queued).toEqual([
      aDelivery({
        attempts: 1,
        reason,
        status: typeof answer === "number" ? answer : undefined,
        notBefore: someTime + deliveryWaitsSeconds[0] * 1_000,
      }),
    ]);
    expect(await buried(deps)).toEqual([]);
  });

  it("waits for a worker with free descriptors without using up an attempt", async () => {
    const deps = world(new Failure("no descriptors", { code: "worker_exhausted" }));
    expect(await deliver(aDelivery(), deps)).toBe("waiting");
    expect(deps.deliveries.queued).toMatchObject([{ attempts: 0, heldSince: someTime }]);
    expect(deps.deliveries.queued[0]?.notBefore).toBeLessThanOrEqual(someTime + breakerSpreadMs);
    expect(deps.told).toEqual([]);
    for (let i = 0; i < 20; i += 1) await deliver(aDelivery(), deps);
    expect(deps.circuitBreaker.tryAcquire("integration-1", someTime)).toBeUndefined();
  });

  it("of an event with too many hops is dead-lettered as a loop, unless a person replays it", async () => {
    const deps = world(200);
    const looped = aDelivery({ event: { ...aDelivery().event, hops: hopsMax } });
    expect(await deliver(looped, deps)).toBe("deadLettered");
    const [letter] = await buried(deps);
    expect(letter?.reason).toMatch(/^loop: /);
    expect(deps.asked).toEqual([]);
    expect(await deliver({ ...looped, replayed: true }, deps)).toBe("delivered");
    expect(deps.asked[0]?.headers["godwit-hops"]).toBe(String(hopsMax + 1));
    const last = aDelivery({ event: { ...aDelivery().event, hops: hopsMax - 1 } });
    expect(await deliver(last, deps)).toBe("delivered");
  });

  it("of a repeated event of the API without hops is dead-lettered as a loop, and one of a device is not", async () => {
    const deps = world(200);
    const event = (device: string, n: number) => ({ ...aDelivery().event, device, id: `e${n}` });
    const ends = async (device: string) => {
      const outcomes: string[] = [];
      for (let n = 0; n <= loopEventsMax; n += 1) {
        outcomes.push(await deliver(aDelivery({ id: `d${n}`, event: event(device, n) }), deps));
      }
      return outcomes;
    };
    expect(new Set(await ends(aDelivery().event.device))).toEqual(new Set(["delivered"]));
    expect((await ends("api")).slice(-2)).toEqual(["delivered", "deadLettered"]);
    const [letter] = await buried(deps);
    expect(letter?.reason).toMatch(/^loop: .*Godwit-Hops/);
    const asked = deps.asked.length;
    const last = aDelivery({ event: event("api", loopEventsMax) });
    expect(await deliver({ ...last, replayed: true }, deps)).toBe("delivered");
    expect(deps.asked).toHaveLength(asked + 1);
  });

  it("is dead-lettered if no worker has descriptors until its deadline, without recording a failure of the target", async () => {
    const deps = world(new Failure("no descriptors", { code: "worker_exhausted" }));
    const deadline = someTime + 1;
    expect(await deliver(aDelivery({ deadline }), deps)).toBe("deadLettered");
    const tried = aDelivery({
      id: "msg_2",
      deadline,
      attempts: 1,
      reason: "the target answered 500",
    });
    expect(await deliver(tried, deps)).toBe("deadLettered");
    const reasons = (await buried(deps)).map(({ delivery, reason }) => [delivery.attempts, reason]);
    const lacking = "the worker has no sockets or files left";
    expect(reasons.sort()).toEqual([
      [0, `no attempt was made: ${lacking}`],
      [1, `no further attempt was made: ${lacking}; the last one: the target answered 500`],
    ]);
    expect(deps.told).toEqual([]);
    expect(deps.circuitBreaker.tryAcquire("integration-1", someTime)).toBeUndefined();
  });

  it("waits for a target that reported overload three times, by a status or in its own format", async () => {
    for (const [answer, isHeld] of [
      [429, true],
      [new Failure("throttled", { code: "too_many_requests" }), true],
      [new Failure("nobody there", { code: "target_unavailable" }), false],
    ] as const) {
      const deps = world(answer);
      for (let i = 0; i < breakerOverloadedMin; i += 1) {
        expect(await deliver(aDelivery({ id: `msg_${i}` }), deps)).toBe("retried");
      }
      expect(deps.circuitBreaker.tryAcquire("integration-1", someTime) !== undefined).toBe(isHeld);
    }
  });

  it("uses the whole schedule, and is then dead-lettered with its reason", async () => {
    const deps = world(503);
    await deps.deliveries.send([aDelivery()], 0);
    const waits: number[] = [];
    for (let one = next(deps); one; one = next(deps)) {
      waits.push((one.notBefore - deps.clock.ms) / 1_000);
      deps.clock.ms = one.notBefore;
      // A new worker each time, without knowledge of failures.
      await deliver(one, { ...deps, circuitBreaker: openCircuitBreaker() });
    }
    expect(waits).toEqual([0, ...deliveryWaitsSeconds]);
    expect(deps.asked).toHaveLength(deliveryWaitsSeconds.length + 1);
    expect(await buried(deps)).toEqual([
      {
        delivery: expect.objectContaining({
          id: "msg_1",
          attempts: deliveryWaitsSeconds.length + 1,
        }),
        reason: "the target answered 503",
        buriedAt: deps.clock.ms,
      },
    ]);
  });

  it("starts no further request if the first one took long", async () => {
    const key = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const deps = world(200);
    const topic = {
      ...anIntegration(),
      kind: "GoogleCloudPubSub" as const,
      topic: "projects/p/topics/top",
      service_account_key: {
        client_email: "a@b.c",
        private_key: key.export({ type: "pkcs8", format: "pem" }).toString(),
      },
    };
    deps.integrations = freshIntegrations(memoryIntegrations([topic]));
    deps.post = async (request: TargetRequest) => {
      deps.asked.push(request);
      deps.clock.ms += furtherRequestMs + 1;
      return { status: 200, body: '{"access_token":"t","expires_in":3599}' };
    };
    expect(await deliver(aDelivery(), deps)).toBe("retried");
    expect(deps.asked).toHaveLength(1);
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    expect(deps.asked).toHaveLength(2);
  });

  it("publishes the target's reply, or why there is none", async () => {
    const failure = new Failure("nobody there", { code: "target_unavailable" });
    for (const [answer, said] of [
      [204, { reply: { status: 204 } }],
      [500, { reply: { status: 500 } }],
      [failure, { failure: "nobody there" }],
    ] as const) {
      const deps = world(answer);
      await deliver(aDelivery(), deps);
      expect(deps.told).toMatchObject([{ event: { id: "event-1" }, ...said }]);
    }
  });

  it("is dead-lettered at once when the target is gone", async () => {
    const deps = world(410);
    expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
    expect(deps.deliveries.queued).toEqual([]);
    expect(await buried(deps)).toMatchObject([{ reason: "the target answered 410" }]);
  });

  it("is dead-lettered when its deadline is before its next attempt", async () => {
    const deps = world(500);
    expect(await deliver(aDelivery({ deadline: someTime + 1_000 }), deps)).toBe("deadLettered");
    expect(await buried(deps)).toMatchObject([{ reason: "the target answered 500" }]);
  });

  it("waits as long as the target requests", async () => {
    const deps = world(503);
    deps.post = async () => ({ status: 503, retryAfter: "600", body: "" });
    await deliver(aDelivery(), deps);
    const [{ notBefore }] = deps.deliveries.queued as [Delivery];
    expect(notBefore).toBe(someTime + 660_000);
  });

  it("waits in the queue until it is due, without an attempt", async () => {
    const deps = world(200);
    const early = aDelivery({ notBefore: someTime + 1 });
    expect(await deliver(early, deps)).toBe("waiting");
    expect(deps.asked).toEqual([]);
    expect(deps.deliveries.queued).toEqual([early]);
    deps.clock.ms += 1;
    expect(await deliver(early, deps)).toBe("delivered");
  });

  it("disables its integration when the target is gone, and notifies the owner once", async () => {
    const deps = world(410);
    const both = [aDelivery(), aDelivery({ id: "msg_2" })].map((one) => deliver(one, deps));
    expect(await Promise.all(both)).toEqual(["deadLettered", "deadLettered"]);
    expect(await deps.stored.find(fleet, "integration-1")).toMatchObject({
      disabled: true,
      disabledReason: "the target answered 410",
    });
    expect(deps.published.map(({ topic }) => topic)).toEqual([
      `events/${fleet}/particle-internal/integration/disabled`,
    ]);
  });

  it("stays in its queue if the target is gone and the integration cannot be disabled", async () => {
    const deps = world(410);
    const gone = async () => Promise.reject(new Error("the table is down"));
    const failing = { ...deps, targetHealth: { ...deps.targetHealth, gone } };
    await expect(deliver(aDelivery(), failing)).rejects.toThrow("the table is down");
    expect(await buried(deps)).toEqual([]);
  });

  it.each([
    [undefined, "the integration is disabled"],
    ["nothing but failure", "the integration is disabled: nothing but failure"],
  ])("of a disabled integration is dead-lettered without an attempt (%s)", async (why, reason) => {
    const off = { disabled: true, ...(why !== undefined && { disabledReason: why }) };
    const deps = world(200, anIntegration(off));
    expect(await deliver(aDelivery({ attempts: 3 }), deps)).toBe("deadLettered");
    expect(deps.asked).toEqual([]);
    expect(await buried(deps)).toMatchObject([{ reason, delivery: { attempts: 3 } }]);
  });

  it("is processed although the target's health cannot be stored", async () => {
    const put = async () => Promise.reject(new Error("the table is down"));
    const deps = world(500);
    const targetHealth = trackTargetHealth({
      ...deps,
      integrations: deps.stored,
      healthRecords: { put },
      broker: memoryBroker(),
      onError: (what) => void deps.setbacks.push(what),
    });
    expect(await deliver(aDelivery({ attempts: 2 }), { ...deps, targetHealth })).toBe("retried");
    expect(deps.setbacks).toEqual(["target health"]);
    expect(deps.waiting.kept()).toHaveLength(1);
  });

  it("is discarded when its owner has deleted the integration", async () => {
    const deps = world(200, undefined);
    deps.integrations = freshIntegrations(memoryIntegrations());
    expect(await deliver(aDelivery(), deps)).toBe("discarded");
    expect(deps.asked).toEqual([]);
    expect(deps.deliveries.queued).toEqual([]);
    expect(await buried(deps)).toEqual([]);
  });

  it("waits while the firmware version cannot be read, without using up an attempt", async () => {
    const integration = anIntegration({ body: "{{{PRODUCT_VERSION}}}" });
    const deps = world(200, integration);
    const down = { of: async () => Promise.reject(new Error("the table is down")) };
    expect(await deliver(aDelivery(), { ...deps, versions: down })).toBe("waiting");
    expect(deps.setbacks).toEqual(["version"]);
    const kept = next(deps);
    expect(kept).toMatchObject({ attempts: 0 });
    deps.clock.ms = kept?.notBefore ?? 0;
    expect(await deliver(kept ?? aDelivery(), deps)).toBe("delivered");
    expect(deps.asked).toMatchObject([{ body: "7" }]);
  });

  it("to a refused literal IP address is dead-lettered at once", async () => {
    const refused = new Failure("it is not a public address", { code: "target_refused" });
    const deps = world(refused, anIntegration({ url: "http://10.0.0.1/" }));
    expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
    const named = world(refused, anIntegration());
    expect(await deliver(aDelivery(), named)).toBe("retried");
  });

  it.each([301, 302, 303, 304, 307, 308])(
    "with the reply %i is not retried, because the target may have acted",
    async (status) => {
      const deps = world(status);
      deps.post = async () => ({ status, body: "", location: "https://example.com/new" });
      for (let i = 0; i < 20; i += 1) expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
      const reason = `the target answered ${status}, a redirect to https://example.com/new, which is not followed`;
      expect((await buried(deps))[0]).toMatchObject({ reason, delivery: { attempts: 1 } });
      expect(deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
      expect(deps.healthRecords.size).toBe(0);
    },
  );

  it("with the reply 302 or 303 is delivered if the integration accepts redirects", async () => {
    const accepting = anIntegration({ acceptRedirects: true });
    for (const status of [302, 303]) {
      const deps = world(status, accepting);
      expect(await deliver(aDelivery(), deps)).toBe("delivered");
      expect(deps.told).toMatchObject([{ ok: true, reply: { status } }]);
    }
    expect(await deliver(aDelivery(), world(301, accepting))).toBe("deadLettered");
  });

  it("stays in its queue if the queue does not accept it again", async () => {
    const deps = { ...world(500), deliveries: memoryDeliveries(() => true) };
    await expect(deliver(aDelivery(), deps)).rejects.toMatchObject({
      code: "unavailable",
      cause: new Error("refused"),
    });
  });

  it("stays in its queue if it cannot be dead-lettered, and is dead-lettered later", async () => {
    const deps = world(500);
    const down = { put: async () => Promise.reject(new Error("the table is down")) };
    await expect(deliver(lastAttempt(), { ...deps, deadLetters: down })).rejects.toThrow(
      "the table is down",
    );
    expect(deps.deliveries.queued).toEqual([]);
    expect(await deliver(lastAttempt(), deps)).toBe("deadLettered");
  });

  it("stays in its queue if the integration is unknown because the table is unavailable", async () => {
    const find = async () => Promise.reject(new Error("the table is down"));
    const deps = { ...world(200), integrations: { ...world(200).integrations, find } };
    await expect(deliver(aDelivery(), deps)).rejects.toThrow("the table is down");
  });

  it("throws a bug instead of recording a failure of the target", async () => {
    const deps = world(new TypeError("a bug"));
    await expect(deliver(aDelivery(), deps)).rejects.toThrow("a bug");
    expect(deps.deliveries.queued).toEqual([]);
  });

  it("truncates the reason to the length of a dead letter's", async () => {
    const deps = world(new Failure("x".repeat(5_000), { code: "target_unavailable" }));
    await deliver(lastAttempt(), deps);
    expect((await buried(deps))[0]?.reason).toHaveLength(reasonCharsMax);
  });
});

describe("a delivery whose next attempt exceeds the queue's longest delay", () => {
  const third = aDelivery({ attempts: 2 });
  const waited = {
    ...third,
    attempts: 3,
    reason: "the target answered 500",
    status: 500,
    notBefore: someTime + deliveryWaitsSeconds[2] * 1_000,
  };

  it("waits in the table, and not in the queue", async () => {
    const deps = world(500);
    expect(await deliver(third, deps)).toBe("retried");
    expect(deps.waiting.kept()).toEqual([waited]);
    expect(deps.deliveries.queued).toEqual([]);
  });

  it("waits in the queue several times while the table is unavailable", async () => {
    const deps = world(500);
    const keep = async () => Promise.reject(new Error("the table is down"));
    const without = { ...deps, waiting: { keep } };
    expect(await deliver(third, without)).toBe("retried");
    expect(deps.deliveries.queued).toEqual([waited]);
    expect(deps.setbacks).toEqual(["wait"]);
    deps.clock.ms += 900_000;
    expect(await deliver(waited, without)).toBe("waiting");
    expect(deps.deliveries.queued).toEqual([waited, waited]);
    expect(deps.asked).toHaveLength(1);
  });

  it("stays in its queue if neither the table nor the queue accepts it", async () => {
    const deps = { ...world(500), deliveries: memoryDeliveries(() => true) };
    const keep = async () => Promise.reject(new Error("the table is down"));
    await expect(deliver(third, { ...deps, waiting: { keep } })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("a delivery whose target hangs", () => {
  const hanging = () => {
    const deps = world(new Failure("no reply within 20 s", { code: "target_unavailable" }));
    const post = deps.post;
    deps.post = async (request: TargetRequest) => {
      deps.clock.ms += targetTimeoutMs;
      return post(request);
    };
    return deps;
  };
  const hold = async (deps: ReturnType<typeof world>) => {
    for (let i = 0; i < breakerHangsMin; i += 1) await deliver(aDelivery(), deps);
    deps.asked.length = 0;
    deps.deliveries.queued.length = 0;
  };

  it("is held without an attempt, and comes back later", async () => {
    const deps = hanging();
    await hold(deps);
    expect(await deliver(aDelivery({ attempts: 2 }), deps)).toBe("waiting");
    expect(deps.asked).toEqual([]);
    expect(deps.deliveries.queued).toMatchObject([{ attempts: 2, heldSince: deps.now() }]);
    expect(deps.deliveries.queued[0]?.notBefore).toBeGreaterThan(deps.now());
  });

  it("is delivered when the target has recovered, however long it was held", async () => {
    const deps = hanging();
    await hold(deps);
    await deliver(aDelivery(), deps);
    deps.post = async () => ({ status: 200, body: "" });
    const [held] = deps.deliveries.queued;
    deps.clock.ms = held?.notBefore ?? 0;
    expect(await deliver(aDelivery(held), deps)).toBe("delivered");
    deps.clock.ms += breakerSlowStartMs;
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
  });

  it("is dead-lettered if it would be held beyond its deadline, or for too long", async () => {
    const deps = hanging();
    await hold(deps);
    const late = aDelivery({ id: "msg_2", deadline: deps.now() + 1_000 });
    expect(await deliver(late, deps)).toBe("deadLettered");
    const old = aDelivery({ heldSince: deps.now() - heldSecondsMax * 1_000, reason: "hung" });
    expect(await deliver(old, deps)).toBe("deadLettered");
    const reasons = (await buried(deps)).map(({ reason }) => reason);
    expect(reasons.sort()).toEqual(["hung", "the target fails"]);
  });

  it("is held for longer each time, up to the maximum", async () => {
    const deps = hanging();
    await hold(deps);
    const held = async (heldMs: number) => {
      deps.waiting.rows.clear();
      deps.deliveries.queued.length = 0;
      await deliver(aDelivery({ heldSince: deps.now() - heldMs }), deps);
      return (next(deps)?.notBefore ?? 0) - deps.now();
    };
    const hourMs = 3_600_000;
    expect(await held(hourMs)).toBe(hourMs / 2 + breakerSpreadMs / 2);
    expect(await held(20 * hourMs)).toBe(breakerHoldMsMax + breakerSpreadMs / 2);
  });

  it("is held by a worker that only observed another worker's circuit", async () => {
    const deps = hanging();
    await hold(deps);
    const other = { ...deps, circuitBreaker: openCircuitBreaker() };
    expect(await deliver(aDelivery(), other)).toBe("waiting");
    expect(deps.asked).toEqual([]);
  });

  it("is permitted by other workers in slow start after one of them succeeded", async () => {
    const deps = hanging();
    await hold(deps);
    const other = { ...deps, circuitBreaker: openCircuitBreaker() };
    await deliver(aDelivery(), other);
    deps.clock.ms += breakerHungOpenMsMin;
    const works = { post: async () => ({ status: 200, body: "" }) };
    expect(await deliver(aDelivery(), { ...deps, ...works })).toBe("delivered");
    expect(await deliver(aDelivery(), { ...other, ...works })).toBe("delivered");
    expect(await deliver(aDelivery(), { ...other, ...works })).toBe("waiting");
    deps.clock.ms += breakerSlowStartMs;
    expect(await deliver(aDelivery(), { ...other, ...works })).toBe("delivered");
    expect(await deliver(aDelivery(), { ...other, ...works })).toBe("delivered");
  });

  it("does not affect another integration", async () => {
    const deps = hanging();
    await hold(deps);
    deps.integrations = freshIntegrations(memoryIntegrations([anIntegration({ id: "healthy" })]));
    deps.post = async () => ({ status: 200, body: "" });
    expect(await deliver(aDelivery({ integration: "healthy" }), deps)).toBe("delivered");
  });
});

describe("a delivery whose target is slow", () => {
  const slow = async () => {
    const deps = world(200);
    const { post } = deps;
    deps.post = async (request) => {
      deps.clock.ms = deps.timers[0]?.at ?? 0;
      deps.timers[0]?.what();
      return post(request);
    };
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    return deps;
  };

  it("uses the slow lane as soon as an attempt is slow", async () => {
    const deps = await slow();
    expect(deps.clock.ms).toBe(someTime + slowAttemptMs);
    expect(await deliver(aDelivery({ attempts: 1 }), deps)).toBe("waiting");
    expect(deps.asked).toHaveLength(1);
    expect(deps.deliveries.queued).toEqual([]);
    expect(deps.slowLane.queued).toEqual([aDelivery({ attempts: 1, lane: "slow" })]);
  });

  it("is attempted in the slow lane, and returns to the main queue if that fails", async () => {
    const deps = await slow();
    deps.post = async () => ({ status: 500, body: "" });
    expect(await deliver(aDelivery({ lane: "slow" }), deps)).toBe("retried");
    expect(deps.slowLane.queued).toEqual([]);
    expect(deps.deliveries.queued).toMatchObject([{ attempts: 1, lane: undefined }]);
  });

  it("leaves the slow lane after a while without slow attempts", async () => {
    const deps = await slow();
    deps.clock.ms += slowLaneMs;
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    expect(deps.slowLane.queued).toEqual([]);
  });

  it("stays in its queue if the slow lane does not accept it", async () => {
    const deps = { ...(await slow()), slowLane: memoryDeliveries(() => true) };
    await expect(deliver(aDelivery(), deps)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is stored as slow twice per period, not more often", async () => {
    const deps = await slow();
    const revision = () => deps.healthRecords.get(`${fleet}/integration-1`)?.revision;
    expect(revision()).toBe(1);
    await deliver(aDelivery({ lane: "slow" }), deps);
    expect(revision()).toBe(1);
    deps.clock.ms += slowLaneMs / 2;
    await deliver(aDelivery({ lane: "slow" }), deps);
    expect(revision()).toBe(2);
  });
});

describe("a delivery for which no request can be made", () => {
  const unsendable = [
    anIntegration({ body: "{{#open}}" }),
    anIntegration({ url: "https://{{{PARTICLE_EVENT_VALUE}}} x/" }),
    anIntegration({ headers: { "x-v": "a{{{n}}}b" } }),
    anIntegration({ headers: { "x {{n}}": "1" } }),
  ];
  const event = anEvent({ data: base64('{"n":"\\n"}') });

  it.each(unsendable)("is dead-lettered at once with the reason: %o", async (broken) => {
    const deps = world(200, broken);
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    expect(deps.asked).toEqual([]);
    expect(deps.told).toMatchObject([{ failure: expect.any(String) }]);
    expect(deps.ledger.record()).toMatchObject({ attempts: [{ ok: false, number: 1 }] });
    expect(await buried(deps)).toMatchObject([
      {
        reason: expect.stringMatching(/^(no request can be made|a template cannot be used): /),
        delivery: { attempts: 0 },
      },
    ]);
  });

  it("does not affect the circuit, however many there are", async () => {
    const deps = world(200, unsendable[2]);
    for (let i = 0; i < 100; i += 1) {
      const bad = { id: `msg_${i}`, event };
      expect(await deliver(aDelivery({ ...bad, attempts: i % 10 }), deps)).toBe("deadLettered");
    }
    expect(deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
    expect(deps.healthRecords.size).toBe(0);
    expect(deps.slowLane.queued).toEqual([]);
    const good = anEvent({ data: base64('{"n":"fine"}') });
    expect(await deliver(aDelivery({ event: good }), deps)).toBe("delivered");
    expect(deps.asked).toMatchObject([{ headers: { "x-v": "afineb" } }]);
  });

  it("is not held while the circuit is open, and uses up no probe", async () => {
    const deps = world(500, unsendable[2]);
    const good = () => aDelivery({ event: anEvent({ data: base64('{"n":"x"}') }) });
    while ((await deliver(good(), deps)) === "retried");
    const until = deps.circuitBreaker.tryAcquire("integration-1", deps.now());
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    deps.clock.ms = until ?? 0;
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    expect(deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
  });
});
