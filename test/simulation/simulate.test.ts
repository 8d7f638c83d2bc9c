import { beforeAll, describe, expect, it } from "vitest";
import { logger } from "../../functions/edge/logger.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

beforeAll(() => {
  logger.setLogLevel("SILENT");
});

const patterns: Readonly<Record<string, RegExp>> = {
  "a worker dies": / dies at /,
  "an answer is lost": /and does not know it/,
  "an event goes to S3": /goes to S3/,
  "a delivery waits in the table": /waiting\.keep/,
  "one takes the slow lane": /slowLane takes/,
  "one is given up after its schedule": /is a dead letter: the target answered/,
  "one is given up by its queue": /is a dead letter: the worker failed/,
  "an integration is disabled": /is a dead letter: the integration is disabled/,
  "an event comes for one that cannot be read": / route\S+ cannot read /,
  "one is given up because of that": /is a dead letter: the integration cannot be read/,
  "an owner removes one": /owner of .*: remove/,
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
  }, 60_000);

  it("differs from that of the next seed", async () => {
    const [one, two] = [
      await simulate(planOf(1), { traced: true }),
      await simulate(planOf(2), { traced: true }),
    ];
    expect(two.trace).not.toEqual(one.trace);
  });
});

describe("the ledger", () => {
  it.each([1, 2, 5])(
    "reports a delivery that the queue loses, the %i. that it accepts",
    async (nth) => {
      let lostInAll = 0;
      for (let seed = 1; seed < 120; seed += 1) {
        const plan = planOf(seed);
        if (plan.calm) continue;
        const { lost, missing } = await simulate(plan, { loses: (n) => n === nth });
        const notFound = lost.filter((id) => !missing.has(id));
        expect(notFound, `seed ${seed}`).toEqual([]);
        lostInAll += lost.length;
      }
      expect(lostInAll).toBeGreaterThan(10);
    },
    60_000,
  );
});

describe("all simulations together", () => {
  it("contain every kind of event and fault", async () => {
    const missing = new Map(Object.entries(patterns));
    for (let seed = 1; seed < 500 && missing.size > 0; seed += 1) {
      const trace = (await simulate(planOf(seed), { traced: true })).trace.join("\n");
      for (const [name, pattern] of missing) if (pattern.test(trace)) missing.delete(name);
    }
    expect([...missing.keys()]).toEqual([]);
  }, 60_000);
});
