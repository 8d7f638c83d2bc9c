import { describe, expect, it } from "vitest";
import { deliver } from "#shared/delivery/deliver.ts";
import {
  breakerHoldMsMax,
  breakerSpreadMs,
  heldSecondsMax,
  slowAttemptMs,
  slowAttemptSteps,
} from "#shared/delivery/limits.ts";
import { Failure } from "#shared/platform/failure.ts";
import { breakerHangsMin, breakerHungOpenMsMin, slowLaneMs } from "#shared/resilience/limits.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { aDelivery, anIntegration, fleet, someTime } from "../../memory/samples.ts";
import { createDeps, deadLettersOf, freshIntegrations, takeNext } from "./deliverDeps.ts";

describe("a delivery whose target hangs", () => {
  const hanging = () => {
    const deps = createDeps(new Failure("no reply within 20 s", { code: "target_unavailable" }));
    const post = deps.post;
    deps.post = async (request: TargetRequest) => {
      deps.clock.ms += targetTimeoutMs;
      return post(request);
    };
    return deps;
  };
  const hold = async (deps: ReturnType<typeof createDeps>) => {
    for (let i = 0; i < breakerHangsMin; i += 1) await deliver(aDelivery(), deps);
    deps.requests.length = 0;
    deps.deliveries.queued.length = 0;
  };

  it("is held without an attempt, and comes back later", async () => {
    const deps = hanging();
    await hold(deps);
    expect(await deliver(aDelivery({ attempts: 2 }), deps)).toBe("waiting");
    expect(deps.requests).toEqual([]);
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
    deps.clock.ms += 1_000;
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
  });

  it("is dead-lettered if it would be held beyond its deadline, or for too long", async () => {
    const deps = hanging();
    await hold(deps);
    const late = aDelivery({ id: "msg_2", deadline: deps.now() + 1_000 });
    expect(await deliver(late, deps)).toBe("deadLettered");
    const old = aDelivery({ heldSince: deps.now() - heldSecondsMax * 1_000, reason: "hung" });
    expect(await deliver(old, deps)).toBe("deadLettered");
    const reasons = (await deadLettersOf(deps)).map(({ reason }) => reason);
    expect(reasons.sort()).toEqual(["hung", "the target fails"]);
  });

  it("is held for longer each time, up to the maximum", async () => {
    const deps = hanging();
    await hold(deps);
    const held = async (heldMs: number) => {
      deps.waiting.rows.clear();
      deps.deliveries.queued.length = 0;
      await deliver(aDelivery({ heldSince: deps.now() - heldMs }), deps);
      return (takeNext(deps)?.notBefore ?? 0) - deps.now();
    };
    const hourMs = 3_600_000;
    expect(await held(hourMs)).toBe(hourMs / 2 + breakerSpreadMs / 2);
    expect(await held(20 * hourMs)).toBe(breakerHoldMsMax + breakerSpreadMs / 2);
  });

  it("is held by a worker that only observed another worker's circuit", async () => {
    const deps = hanging();
    await hold(deps);
    const other = { ...deps, circuitBreaker: deps.otherBreaker() };
    expect(await deliver(aDelivery(), other)).toBe("waiting");
    expect(deps.requests).toEqual([]);
  });

  it("is permitted by all workers together in slow start after one of them succeeded", async () => {
    const deps = hanging();
    await hold(deps);
    const other = { ...deps, circuitBreaker: deps.otherBreaker() };
    await deliver(aDelivery(), other);
    deps.clock.ms += breakerHungOpenMsMin;
    const works = { post: async () => ({ status: 200, body: "" }) };
    const workers = [deps, other, { ...deps, circuitBreaker: deps.otherBreaker() }];
    /** Returns how many of six deliveries three workers make within a second. */
    const delivered = async () => {
      const outcomes = [];
      for (const worker of [...workers, ...workers]) {
        outcomes.push(await deliver(aDelivery(), { ...worker, ...works }));
      }
      return outcomes.filter((outcome) => outcome === "delivered").length;
    };
    expect(await delivered()).toBe(1);
    deps.clock.ms += 1_000;
    expect(await delivered()).toBe(2);
    deps.clock.ms += 1_000;
    expect(await delivered()).toBe(4);
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
    const deps = createDeps(200);
    const { post } = deps;
    deps.post = async (request) => {
      for (let step = 0; step < slowAttemptSteps; step += 1) {
        const timer = deps.timers.shift();
        deps.clock.ms = timer?.at ?? 0;
        timer?.what();
      }
      return post(request);
    };
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    return deps;
  };

  it("does not use the slow lane because the worker itself was blocked", async () => {
    const deps = createDeps(200);
    const { post } = deps;
    deps.post = async (request) => {
      // The worker notices the end of the first step late.
      deps.clock.ms += 10 * slowAttemptMs;
      deps.timers.shift()?.what();
      return post(request);
    };
    expect(await deliver(aDelivery(), deps)).toBe("delivered");
    deps.post = post;
    expect(await deliver(aDelivery({ id: "next" }), deps)).toBe("delivered");
    expect(deps.slowLane.queued).toEqual([]);
  });

  it("uses the slow lane as soon as an attempt is slow", async () => {
    const deps = await slow();
    expect(deps.clock.ms).toBe(someTime + slowAttemptMs);
    expect(await deliver(aDelivery({ attempts: 1 }), deps)).toBe("waiting");
    expect(deps.requests).toHaveLength(1);
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
