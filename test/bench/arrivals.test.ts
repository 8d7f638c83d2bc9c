import { expect, it } from "vitest";
import { openArrivals } from "../../bench/arrivals.ts";

it("counts an event that never arrives as lost", () => {
  const arrivals = openArrivals();
  const run = arrivals.begin();
  arrivals.note(run, { seq: 0, latencyMs: 3 });
  arrivals.note(run, { seq: 2, latencyMs: 5 });

  expect(arrivals.round(run, 3)).toEqual({ latenciesMs: [3, 5], lost: 1, duplicated: 0 });
});

it("counts a repeat as duplicated, not as another event, and keeps the first time", () => {
  const arrivals = openArrivals();
  const run = arrivals.begin();
  for (const latencyMs of [3, 9, 12]) arrivals.note(run, { seq: 7, latencyMs });

  expect(arrivals.distinct(run)).toBe(1);
  expect(arrivals.round(run, 1)).toEqual({ latenciesMs: [3], lost: 0, duplicated: 2 });
});

it("keeps rounds apart, and takes what comes late for the round that published it", () => {
  const arrivals = openArrivals();
  const [first, second] = [arrivals.begin(), arrivals.begin()];
  arrivals.note(second, { seq: 0, latencyMs: 1 });
  arrivals.note(first, { seq: 0, latencyMs: 900 });

  expect(arrivals.round(first, 1)).toMatchObject({ latenciesMs: [900], lost: 0 });
  expect(arrivals.round(second, 2)).toMatchObject({ latenciesMs: [1], lost: 1 });
});

it("ignores what no round published", () => {
  const arrivals = openArrivals();
  arrivals.note(4, { seq: 0, latencyMs: 1 });
  expect(arrivals.distinct(4)).toBe(0);
});
