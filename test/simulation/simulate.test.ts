import { beforeAll, describe, expect, it } from "vitest";
import { logger } from "../../functions/edge/logger.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

const timeoutMs = 600_000;

beforeAll(() => {
  logger.setLogLevel("SILENT");
});

const patterns: Readonly<Record<string, RegExp>> = {
  "a worker crashes": / crashes /,
  "a response is lost": /the response is lost/,
  "an event goes to S3": /goes to S3/,
  "a delivery waits in the table": /waiting\.keep/,
  "a delivery uses the slow lane": /slowLane takes/,
  "a delivery is dead-lettered after its schedule": /is a dead letter: the target answered/,
  "a delivery is dead-lettered by its queue": /is a dead letter: the worker failed/,
  "an integration is disabled": /is a dead letter: the integration is disabled/,
  "an event matches an unreadable integration": / route\S+ cannot read /,
  "a delivery is dead-lettered because its integration is unreadable":
    /is a dead letter: the integration cannot be read/,
  "an owner removes an integration": /owner of .*: remove/,
};

describe("a simulation", () => {
  it("is determined by its seed, step by step", async () => {
    for (const seed of [1, 2, 3, 10, 13]) {
      const [first, second] = [
        await simulate(planOf(seed), { traced: true }),
        await simulate(planOf(seed), { traced: true }),
      ];
      expect(first.trace.length).toBeGreaterThan(10);
      expect(second.trace).toEqual(first.trace);
    }
  });

  it("differs from the simulation of the next seed", async () => {
    const [one, two] = [
      await simulate(planOf(1), { traced: true }),
      await simulate(planOf(2), { traced: true }),
    ];
    expect(two.trace).not.toEqual(one.trace);
  });
});

describe("the ledger", () => {
  it.each([1, 2, 5])(
    "reports a lost delivery, number %i of the accepted ones",
    async (nth) => {
      let lostInAll = 0;
      for (let seed = 1; seed < 120; seed += 1) {
        const plan = planOf(seed);
        if (plan.hasTargetFaultsOnly) continue;
        const { lost, missing } = await simulate(plan, { losesDelivery: (n) => n === nth });
        const notFound = lost.filter((id) => !missing.has(id));
        expect(notFound, `seed ${seed}`).toEqual([]);
        lostInAll += lost.length;
      }
      expect(lostInAll).toBeGreaterThan(10);
    },
    timeoutMs,
  );
});

describe("all simulations", () => {
  it("contain every kind of event and fault", { timeout: timeoutMs }, async () => {
    const missing = new Map(Object.entries(patterns));
    for (let seed = 1; seed < 500 && missing.size > 0; seed += 1) {
      const trace = (await simulate(planOf(seed), { traced: true })).trace.join("\n");
      for (const [name, pattern] of missing) if (pattern.test(trace)) missing.delete(name);
    }
    expect([...missing.keys()]).toEqual([]);
  });
});
