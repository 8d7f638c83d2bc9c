import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deliver } from "#shared/delivery/deliver.ts";
import type { Delivery } from "#shared/delivery/delivery.ts";
import { breakerSpreadMs, deliveryWaitsSeconds, reasonCharsMax } from "#shared/delivery/limits.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import { furtherRequestMs } from "#shared/integration/request/limits.ts";
import { replayPage } from "#shared/job/replayPage.ts";
import { Failure } from "#shared/platform/failure.ts";
import { breakerOverloadedMin } from "#shared/resilience/limits.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { memoryAuditLog } from "../../memory/audit/auditLog.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { aDelivery, anIntegration, fleet, someTime } from "../../memory/samples.ts";
import {
  createDeps,
  deadLettersOf,
  freshIntegrations,
  lastAttempt,
  takeNext,
} from "./deliverDeps.ts";

describe("a delivery", () => {
  it("is delivered when the target accepts it", async () => {
    const deps = createDeps(204);
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    expect(deps.requests).toHaveLength(1);
    expect(deps.requests[0]?.headers["webhook-id"]).toBe("msg_1");
    expect(deps.deliveries.queued).toEqual([]);
    expect(await deadLettersOf(deps)).toEqual([]);
  });

  it("publishes the target's reply, or why there is none", async () => {
    const failure = new Failure("nobody there", { code: "target_unavailable" });
    for (const [answer, said] of [
      [204, { reply: { status: 204 } }],
      [500, { reply: { status: 500 } }],
      [failure, { failure: "nobody there" }],
    ] as const) {
      const deps = createDeps(answer);
      await deliver(aDelivery(), deps);
      expect(deps.attempted).toMatchObject([{ event: { id: "event-1" }, ...said }]);
    }
  });

  it("waits in the queue until it is due, without an attempt", async () => {
    const deps = createDeps(200);
    const early = aDelivery({ notBefore: someTime + 1 });
    expect(await deliver(early, deps)).toBe("waiting");
    expect(deps.requests).toEqual([]);
    expect(deps.deliveries.queued).toEqual([early]);
    deps.clock.ms += 1;
    expect(await deliver(early, deps)).toBe("delivered");
  });

  it("is discarded when its owner has deleted the integration", async () => {
    const deps = createDeps(200, undefined);
    deps.integrations = freshIntegrations(memoryIntegrations());
    expect(await deliver(aDelivery(), deps)).toBe("discarded");
    expect(deps.requests).toEqual([]);
    expect(deps.deliveries.queued).toEqual([]);
    expect(await deadLettersOf(deps)).toEqual([]);
  });

  it("waits while the firmware version cannot be read, without using up an attempt", async () => {
    const integration = anIntegration({ body: "{{{PRODUCT_VERSION}}}" });
    const deps = createDeps(200, integration);
    const down = { of: async () => Promise.reject(new Error("the table is down")) };
    expect(await deliver(aDelivery(), { ...deps, versions: down })).toBe("waiting");
    expect(deps.errors).toEqual(["version"]);
    const kept = takeNext(deps);
    expect(kept).toMatchObject({ attempts: 0 });
    deps.clock.ms = kept?.notBefore ?? 0;
    expect(await deliver(kept ?? aDelivery(), deps)).toBe("delivered");
    expect(deps.requests).toMatchObject([{ body: "7" }]);
  });

  it("throws a bug instead of recording a failure of the target", async () => {
    const deps = createDeps(new TypeError("a bug"));
    await expect(deliver(aDelivery(), deps)).rejects.toThrow("a bug");
    expect(deps.deliveries.queued).toEqual([]);
  });
});

describe("a delivery whose attempt fails", () => {
  it.each([
    [500, "the target answered 500"],
    [404, "the target answered 404"],
    [new Failure("nobody there", { code: "target_unavailable" }), "nobody there"],
    [new Failure("not public", { code: "target_refused" }), "not public"],
  ])("is retried after the schedule's wait: %s", async (answer, reason) => {
    const deps = createDeps(answer);
    expect(await deliver(aDelivery(), deps)).toBe("retried");
    expect(deps.deliveries.queued).toEqual([
      aDelivery({
        attempts: 1,
        reason,
        status: typeof answer === "number" ? answer : undefined,
        notBefore: someTime + deliveryWaitsSeconds[0] * 1_000,
      }),
    ]);
    expect(await deadLettersOf(deps)).toEqual([]);
  });

  it("waits for a target that reported overload three times, by a status or in its own format", async () => {
    for (const [answer, isHeld] of [
      [429, true],
      [new Failure("throttled", { code: "too_many_requests" }), true],
      [new Failure("nobody there", { code: "target_unavailable" }), false],
    ] as const) {
      const deps = createDeps(answer);
      for (let i = 0; i < breakerOverloadedMin; i += 1) {
        expect(await deliver(aDelivery({ id: `msg_${i}` }), deps)).toBe("retried");
      }
      expect((await deps.circuitBreaker.tryAcquire("integration-1", someTime)) !== undefined).toBe(
        isHeld,
      );
    }
  });

  it("uses the whole schedule, and is then dead-lettered with its reason", async () => {
    const deps = createDeps(503);
    await deps.deliveries.send([aDelivery()], 0);
    const waits: number[] = [];
    for (let one = takeNext(deps); one; one = takeNext(deps)) {
      waits.push((one.notBefore - deps.clock.ms) / 1_000);
      deps.clock.ms = one.notBefore;
      // A new worker each time, without knowledge of failures.
      await deliver(one, { ...deps, circuitBreaker: deps.otherBreaker() });
    }
    expect(waits).toEqual([0, ...deliveryWaitsSeconds]);
    expect(deps.requests).toHaveLength(deliveryWaitsSeconds.length + 1);
    expect(await deadLettersOf(deps)).toEqual([
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
    const deps = createDeps(200);
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
      deps.requests.push(request);
      deps.clock.ms += furtherRequestMs + 1;
      return { status: 200, body: '{"access_token":"t","expires_in":3599}' };
    };
    expect(await deliver(aDelivery(), deps)).toBe("retried");
    expect(deps.requests).toHaveLength(1);
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    expect(deps.requests).toHaveLength(2);
  });

  it("is dead-lettered when its deadline is before its next attempt", async () => {
    const deps = createDeps(500);
    expect(await deliver(aDelivery({ deadline: someTime + 1_000 }), deps)).toBe("deadLettered");
    expect(await deadLettersOf(deps)).toMatchObject([{ reason: "the target answered 500" }]);
  });

  it("waits as long as the target requests", async () => {
    const deps = createDeps(503);
    deps.post = async () => ({ status: 503, retryAfter: "600", body: "" });
    await deliver(aDelivery(), deps);
    const [{ notBefore }] = deps.deliveries.queued as [Delivery];
    expect(notBefore).toBe(someTime + 660_000);
  });

  it("is processed although the target's health cannot be stored", async () => {
    const put = async () => Promise.reject(new Error("the table is down"));
    const deps = createDeps(500);
    const targetHealth = trackTargetHealth({
      ...deps,
      integrations: deps.stored,
      audit: memoryAuditLog(),
      healthRecords: { put },
      broker: memoryBroker(),
      onError: (what) => void deps.errors.push(what),
    });
    expect(await deliver(aDelivery({ attempts: 2 }), { ...deps, targetHealth })).toBe("retried");
    expect(deps.errors).toEqual(["target health"]);
    expect(deps.waiting.kept()).toHaveLength(1);
  });

  it("truncates the reason to the length of a dead letter's", async () => {
    const deps = createDeps(new Failure("x".repeat(5_000), { code: "target_unavailable" }));
    await deliver(lastAttempt(), deps);
    expect((await deadLettersOf(deps))[0]?.reason).toHaveLength(reasonCharsMax);
  });
});

describe("a delivery that cannot succeed", () => {
  it("is dead-lettered at once when the target is gone", async () => {
    const deps = createDeps(410);
    expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
    expect(deps.deliveries.queued).toEqual([]);
    expect(await deadLettersOf(deps)).toMatchObject([{ reason: "the target answered 410" }]);
  });

  it("disables its integration when the target is gone, and notifies the owner once", async () => {
    const deps = createDeps(410);
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

  it.each([
    [undefined, "the integration is disabled"],
    ["nothing but failure", "the integration is disabled: nothing but failure"],
  ])("of a disabled integration is dead-lettered without an attempt (%s)", async (why, reason) => {
    const off = { disabled: true, ...(why !== undefined && { disabledReason: why }) };
    const deps = createDeps(200, anIntegration(off));
    expect(await deliver(aDelivery({ attempts: 3 }), deps)).toBe("deadLettered");
    expect(deps.requests).toEqual([]);
    expect(await deadLettersOf(deps)).toMatchObject([{ reason, delivery: { attempts: 3 } }]);
  });

  it("to a refused literal IP address is dead-lettered at once", async () => {
    const refused = new Failure("it is not a public address", { code: "target_refused" });
    const deps = createDeps(refused, anIntegration({ url: "http://10.0.0.1/" }));
    expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
    const named = createDeps(refused, anIntegration());
    expect(await deliver(aDelivery(), named)).toBe("retried");
  });

  it.each([301, 302, 303, 304, 307, 308])(
    "with the reply %i is not retried, because the target may have acted",
    async (status) => {
      const deps = createDeps(status);
      deps.post = async () => ({ status, body: "", location: "https://example.com/new" });
      for (let i = 0; i < 20; i += 1) expect(await deliver(aDelivery(), deps)).toBe("deadLettered");
      const reason = `the target answered ${status}, a redirect to https://example.com/new, which is not followed`;
      expect((await deadLettersOf(deps))[0]).toMatchObject({ reason, delivery: { attempts: 1 } });
      expect(await deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
      expect(deps.healthRecords.size).toBe(0);
    },
  );

  it("with the reply 302 or 303 is delivered if the integration accepts redirects", async () => {
    const accepting = anIntegration({ acceptRedirects: true });
    for (const status of [302, 303]) {
      const deps = createDeps(status, accepting);
      expect(await deliver(aDelivery(), deps)).toBe("delivered");
      expect(deps.attempted).toMatchObject([{ ok: true, reply: { status } }]);
    }
    expect(await deliver(aDelivery(), createDeps(301, accepting))).toBe("deadLettered");
  });
});

describe("a delivery to a worker without free descriptors", () => {
  it("waits for a worker with free descriptors without using up an attempt", async () => {
    const deps = createDeps(new Failure("no descriptors", { code: "worker_exhausted" }));
    expect(await deliver(aDelivery(), deps)).toBe("waiting");
    expect(deps.deliveries.queued).toMatchObject([{ attempts: 0, heldSince: someTime }]);
    expect(deps.deliveries.queued[0]?.notBefore).toBeLessThanOrEqual(someTime + breakerSpreadMs);
    expect(deps.attempted).toEqual([]);
    expect(deps.errors).toEqual(["attempt"]);
    for (let i = 0; i < 20; i += 1) await deliver(aDelivery(), deps);
    expect(await deps.circuitBreaker.tryAcquire("integration-1", someTime)).toBeUndefined();
  });

  it("is dead-lettered if no worker has descriptors until its deadline, and records no failure of the target", async () => {
    const deps = createDeps(new Failure("no descriptors", { code: "worker_exhausted" }));
    const deadline = someTime + 1;
    expect(await deliver(aDelivery({ deadline }), deps)).toBe("deadLettered");
    const tried = aDelivery({
      id: "msg_2",
      deadline,
      attempts: 1,
      reason: "the target answered 500",
    });
    expect(await deliver(tried, deps)).toBe("deadLettered");
    const reasons = (await deadLettersOf(deps)).map(({ delivery, reason }) => [
      delivery.attempts,
      reason,
    ]);
    const lacking = "the worker has no sockets or files left";
    expect(reasons.sort()).toEqual([
      [0, `no attempt was made: ${lacking}`],
      [1, `no further attempt was made: ${lacking}; the last one: the target answered 500`],
    ]);
    expect(deps.attempted).toEqual([]);
    expect(await deps.circuitBreaker.tryAcquire("integration-1", someTime)).toBeUndefined();
  });
});

describe("a delivery that a queue or a table does not accept", () => {
  it("stays in its queue if the target is gone and the integration cannot be disabled", async () => {
    const deps = createDeps(410);
    const gone = async () => Promise.reject(new Error("the table is down"));
    const failing = { ...deps, targetHealth: { ...deps.targetHealth, gone } };
    await expect(deliver(aDelivery(), failing)).rejects.toThrow("the table is down");
    expect(await deadLettersOf(deps)).toEqual([]);
  });

  it("stays in its queue if the queue does not accept it again", async () => {
    const deps = { ...createDeps(500), deliveries: memoryDeliveries(() => true) };
    await expect(deliver(aDelivery(), deps)).rejects.toMatchObject({
      code: "unavailable",
      cause: new Error("refused"),
    });
  });

  it("stays in its queue if it cannot be dead-lettered, and is dead-lettered later", async () => {
    const deps = createDeps(500);
    const down = { put: async () => Promise.reject(new Error("the table is down")) };
    await expect(deliver(lastAttempt(), { ...deps, deadLetters: down })).rejects.toThrow(
      "the table is down",
    );
    expect(deps.deliveries.queued).toEqual([]);
    expect(await deliver(lastAttempt(), deps)).toBe("deadLettered");
  });

  it("stays in its queue if the integration is unknown because the table is unavailable", async () => {
    const find = async () => Promise.reject(new Error("the table is down"));
    const deps = { ...createDeps(200), integrations: { ...createDeps(200).integrations, find } };
    await expect(deliver(aDelivery(), deps)).rejects.toThrow("the table is down");
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
    const deps = createDeps(500);
    expect(await deliver(third, deps)).toBe("retried");
    expect(deps.waiting.kept()).toEqual([waited]);
    expect(deps.deliveries.queued).toEqual([]);
  });

  it("waits in the queue several times while the table is unavailable", async () => {
    const deps = createDeps(500);
    const keep = async () => Promise.reject(new Error("the table is down"));
    const without = { ...deps, waiting: { keep } };
    expect(await deliver(third, without)).toBe("retried");
    expect(deps.deliveries.queued).toEqual([waited]);
    expect(deps.errors).toEqual(["wait"]);
    deps.clock.ms += 900_000;
    expect(await deliver(waited, without)).toBe("waiting");
    expect(deps.deliveries.queued).toEqual([waited, waited]);
    expect(deps.requests).toHaveLength(1);
  });

  it("stays in its queue if neither the table nor the queue accepts it", async () => {
    const deps = { ...createDeps(500), deliveries: memoryDeliveries(() => true) };
    const keep = async () => Promise.reject(new Error("the table is down"));
    await expect(deliver(third, { ...deps, waiting: { keep } })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("a delivery that a limit of usage restricts", () => {
  const limit = { id: "00000000000000aa", fleet: "f1", revision: 0, createdAt: 0 };
  const parked = { restriction: { action: "park", limit: limit.id } } as const;
  const slowed = { restriction: { action: "slow", limit: limit.id }, lane: "slow" } as const;

  const reachedUntil = (until: number) => async () => ({
    limits: [{ ...limit, scope: "fleet", period: "day", limit: 1, action: "slow" } as const],
    reached: [{ limit: limit.id, revision: 0, until }],
  });

  it("is kept as a dead letter with the reason, without an attempt, and replayed", async () => {
    const deps = createDeps(200);
    expect(await deliver(aDelivery(parked), deps)).toBe("deadLettered");
    expect(deps.requests).toEqual([]);
    const [letter] = await deadLettersOf(deps);
    expect(letter?.reason).toContain("usage_limit");
    const { clock: _, ...replay } = deps;
    const replayed = { ...replay, record: async () => {} };
    const query = { filter: {}, limit: 10, after: undefined };
    expect(await replayPage(anIntegration(), query, replayed)).toMatchObject({ done: 1 });
    const [again] = deps.deliveries.queued;
    expect(again?.restriction).toBeUndefined();
    expect(await deliver(again ?? aDelivery(parked), deps)).toBe("delivered");
  });

  it("waits in the slow lane, of which one a second is attempted over all workers", async () => {
    const deps = createDeps(200);
    const integrations = { ...deps.integrations, limitsOf: reachedUntil(deps.now() + 60_000) };
    const some = Array.from({ length: 5 }, (_, n) => aDelivery({ ...slowed, id: `msg_${n}` }));
    const worker = { ...deps, integrations };
    const outcomes = await Promise.all(some.map((one) => deliver(one, worker)));
    expect(outcomes.toSorted()).toEqual(["delivered", ...Array(4).fill("waiting")]);
    expect(deps.slowLane.queued).toHaveLength(4);
    expect(deps.slowLane.queued[0]).toMatchObject(slowed);
    expect(deps.deliveries.queued).toEqual([]);
    deps.clock.ms += 30_000;
    const [next, ...left] = deps.slowLane.queued;
    expect(await deliver(next ?? aDelivery(), worker)).toBe("delivered");
    expect(left).toHaveLength(3);
  });

  it("returns to the slow lane from the table of waiting deliveries", async () => {
    const deps = createDeps(200);
    const integrations = { ...deps.integrations, limitsOf: reachedUntil(deps.now() + 60_000) };
    const waiting = aDelivery({ ...slowed, lane: undefined });
    expect(await deliver(waiting, { ...deps, integrations })).toBe("waiting");
    expect(deps.slowLane.queued).toMatchObject([{ lane: "slow" }]);
  });

  it("is not slowed down after the end of the period", async () => {
    const deps = createDeps(200);
    const integrations = { ...deps.integrations, limitsOf: reachedUntil(deps.now()) };
    const outcomes = [0, 1, 2].map(() => deliver(aDelivery(slowed), { ...deps, integrations }));
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill("delivered"));
  });
});
