import { describe, expect, it } from "vitest";
import { createArrivals } from "../../../bench/latency/arrivals.ts";
import { summaryOf } from "../../../bench/latency/rates.ts";

describe("the summary of the rounds of a system", () => {
  const roundOf = (latencies: readonly number[], published = latencies.length) => {
    const run = arrivals.startRound();
    for (const [seq, latencyMs] of latencies.entries()) arrivals.record(run, { seq, latencyMs });
    return { run, published, backlogGrowth: 0 };
  };
  const arrivals = createArrivals();

  it("has the medians of the percentiles, and the sums of lost and duplicated events", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    const measured = [
      { ...roundOf(hundred), cpuMsPerEvent: 6, memoryBytes: 1 },
      // One disturbed round does not move a median.
      { ...roundOf(hundred.map((ms) => ms * 1_000)), cpuMsPerEvent: 90, memoryBytes: 3 },
      {
        ...roundOf(
          hundred.map((ms) => ms + 1),
          103,
        ),
        cpuMsPerEvent: 7,
        memoryBytes: 2,
      },
    ];
    arrivals.record(measured[0]!.run, { seq: 0, latencyMs: 5 });
    expect(summaryOf(measured, arrivals)).toEqual({
      published: 303,
      p50Ms: 51,
      p99Ms: 100,
      cpuMsPerEvent: 7,
      memoryBytes: 2,
      lost: 3,
      duplicated: 1,
    });
  });
});
