import { expect, it } from "vitest";
import { createArrivals } from "../../../bench/latency/arrivals.ts";

it("counts an event that never arrives as lost", () => {
  const arrivals = createArrivals();
  const run = arrivals.startRound();
  arrivals.record(run, { seq: 0, latencyMs: 3 });
  arrivals.record(run, { seq: 2, latencyMs: 5 });

  expect(arrivals.round(run, 3)).toEqual({ latenciesMs: [3, 5], lost: 1, duplicated: 0 });
});

it("counts a repeat as a duplicate and keeps the first latency", () => {
  const arrivals = createArrivals();
  const run = arrivals.startRound();
  for (const latencyMs of [3, 9, 12]) arrivals.record(run, { seq: 7, latencyMs });

  expect(arrivals.distinct(run)).toBe(1);
  expect(arrivals.round(run, 1)).toEqual({ latenciesMs: [3], lost: 0, duplicated: 2 });
});

it("assigns late arrivals to the round that published them", () => {
  const arrivals = createArrivals();
  const [first, second] = [arrivals.startRound(), arrivals.startRound()];
  arrivals.record(second, { seq: 0, latencyMs: 1 });
  arrivals.record(first, { seq: 0, latencyMs: 900 });

  expect(arrivals.round(first, 1)).toMatchObject({ latenciesMs: [900], lost: 0 });
  expect(arrivals.round(second, 2)).toMatchObject({ latenciesMs: [1], lost: 1 });
});

it("ignores arrivals of unknown rounds", () => {
  const arrivals = createArrivals();
  arrivals.record(4, { seq: 0, latencyMs: 1 });
  expect(arrivals.distinct(4)).toBe(0);
});
