import fc from "fast-check";
import { expect, it } from "vitest";
import { findHighestRate } from "../../../bench/latency/highestRate.ts";

/** A system that sustains rates up to `limit`. */
const sustainingUpTo = (limit: number) => {
  const tried: number[] = [];
  const probe = async (rate: number) => {
    tried.push(rate);
    return { rate, isSustained: rate <= limit, backlogGrowth: Math.max(0, rate - limit) };
  };
  return { probe, tried };
};

it("finds a sustained rate just below a failed one", async () => {
  const { probe } = sustainingUpTo(1_730);
  const { rate, probes } = await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 });

  expect(rate).toBe(1_700);
  expect(probes.find((one) => one.rate === 1_750)?.isSustained).toBe(false);
});

it("decreases the rate after a failed probe", async () => {
  const { probe } = sustainingUpTo(420);
  expect((await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 })).rate).toBe(400);
});

it("returns 0 if no rate is sustained", async () => {
  const { probe } = sustainingUpTo(-1);
  expect((await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 })).rate).toBe(0);
});

it("stops at the maximum rate", async () => {
  const { probe, tried } = sustainingUpTo(1e9);
  const { rate } = await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 });
  expect(rate).toBe(5_000);
  expect(Math.max(...tried)).toBe(5_000);
});

it("never returns a failed rate, never repeats a rate, and limits the probes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 8_000 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 12 }),
      async (limit, from, probesMax) => {
        const { probe, tried } = sustainingUpTo(limit);
        const { rate } = await findHighestRate(probe, { from, max: 5_000, probesMax });
        expect(rate).toBeLessThanOrEqual(limit);
        expect(tried.length).toBeLessThanOrEqual(probesMax);
        expect(new Set(tried).size).toBe(tried.length);
      },
    ),
  );
});
