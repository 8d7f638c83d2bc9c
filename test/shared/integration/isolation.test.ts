import { describe, expect, it } from "vitest";
import { sizes } from "../../../infra/sizes.ts";
import { simulateWorkers } from "../delivery/workers.ts";

/** A healthy target, and three unhealthy ones with ten times its traffic each. */
const targets = (perSecond: number) =>
  [
    { name: "healthy", tookMs: 50, answer: 200, perSecond },
    { name: "hangs", tookMs: 20_000, answer: "hangs", perSecond: 10 * perSecond },
    { name: "refused", tookMs: 1, answer: "refused", perSecond: 10 * perSecond },
    { name: "slow", tookMs: 5_000, answer: 200, perSecond: 10 * perSecond },
  ] as const;

/** The capacity of a region. */
const { deliveries, slowLane } = sizes.standard.batches;
const size = { workers: deliveries + slowLane, slowWorkers: slowLane };

const p99 = (latenciesMs: readonly number[] = []): number =>
  latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.99)] ?? Number.NaN;

describe("one integration's slow or dead target does not delay another's deliveries (I2)", () => {
  it.each([1, 2, 10])(
    "from the first second, for %i deliveries per second and ten times as many to each of three others",
    async (perSecond) => {
      const all = targets(perSecond);
      const alone = await simulateWorkers([all[0]], { ...size, seconds: 30 });
      const beside = await simulateWorkers(all, { ...size, seconds: 30 });
      const healthy = beside.get("healthy")?.latenciesMs;
      // Except the one that has just been published.
      expect(healthy?.length).toBeGreaterThanOrEqual(30 * perSecond - 1);
      expect(p99(healthy)).toBeLessThanOrEqual(2 * p99(alone.get("healthy")?.latenciesMs));
    },
  );

  it("and after half a minute a target that hangs or refuses occupies almost no worker", async () => {
    const counted = await simulateWorkers(targets(2), { ...size, seconds: 60, from: 30 });
    expect(counted.get("hangs")?.atOnceMax).toBeLessThanOrEqual(10);
    expect(counted.get("refused")?.atOnceMax).toBeLessThanOrEqual(10);
  });

  it("and a slow target gets the capacity of the slow lane", async () => {
    const [healthy, , , slow] = targets(2);
    const counted = await simulateWorkers([healthy, slow], { ...size, seconds: 60, from: 20 });
    // It takes 5 s for each, and as long again for the backlog of the first seconds.
    expect(p99(counted.get("slow")?.latenciesMs)).toBeLessThanOrEqual(10_000);
  });
});

describe("one device at 50 times the rate of the others", () => {
  it("delays no other device of the same integration, also if the workers cannot keep up", async () => {
    const target = { name: "shared", tookMs: 300, answer: 200, perSecond: 20 } as const;
    // Together they need 2.1 workers.
    const small = { workers: 2, slowWorkers: 0, seconds: 30, from: 5 };
    const alone = await simulateWorkers([target], small);
    const beside = await simulateWorkers([{ ...target, busyPerSecond: 50 }], small);
    const [own, others] = [alone.get("shared")?.latenciesMs, beside.get("shared")?.latenciesMs];
    expect(others?.length).toBeGreaterThanOrEqual(24 * target.perSecond);
    expect(p99(others)).toBeLessThanOrEqual(2 * p99(own));
  });
});
