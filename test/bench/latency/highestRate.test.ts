import fc from "fast-check";
import { expect, it } from "vitest";
import { findHighestRate } from "../../../bench/latency/highestRate.ts";

/** A system that holds up to `limit`. */
const upTo = (limit: number) => {
  const tried: number[] = [];
  const probe = async (rate: number) => {
    tried.push(rate);
    return { rate, isSustained: rate <= limit, backlogGrowth: Math.max(0, rate - limit) };
  };
  return { probe, tried };
};

it("finds a rate that held, close below one that did not", async () => {
  const { probe } = upTo(1_730);
  const { rate, probes } = await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 });

  expect(rate).toBe(1_700);
  expect(probes.find((one) => one.rate === 1_750)?.isSustained).toBe(false);
});

it("goes down from a rate that does not hold", async () => {
  const { probe } = upTo(420);
  expect((await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 })).rate).toBe(400);
});

it("says 0 when nothing holds", async () => {
  const { probe } = upTo(-1);
  expect((await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 })).rate).toBe(0);
});

it("ends at the highest rate that it may try", async () => {
  const { probe, tried } = upTo(1e9);
  const { rate } = await findHighestRate(probe, { from: 1_000, max: 5_000, probesMax: 20 });
  expect(rate).toBe(5_000);
  expect(Math.max(...tried)).toBe(5_000);
});

it("never says a rate that did not hold, never tries one twice, and is bounded", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 8_000 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 12 }),
      async (limit, from, probesMax) => {
        const { probe, tried } = upTo(limit);
        const { rate } = await findHighestRate(probe, { from, max: 5_000, probesMax });
        expect(rate).toBeLessThanOrEqual(limit);
        expect(tried.length).toBeLessThanOrEqual(probesMax);
        expect(new Set(tried).size).toBe(tried.length);
      },
    ),
  );
});
