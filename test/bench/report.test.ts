import { describe, expect, it } from "vitest";
import type { Bill } from "../../bench/cost/bill.ts";
import { createArrivals } from "../../bench/latency/arrivals.ts";
import { summaryOf } from "../../bench/latency/rates.ts";
import { formatReport, type Report } from "../../bench/report.ts";

const bill = (given: Partial<Bill>): Bill => ({
  lines: [
    { unit: "sqsRequests", perEvent: 1.5, dollarsPerMonth: 2_592 },
    { unit: "lambdaRequests", perEvent: 0.2004, dollarsPerMonth: 172.8 },
  ],
  dollarsPerMonth: 10_454.4,
  dollarsPerMillionEvents: 2.42,
  floorPerMonth: 4_752,
  floorRatio: 2.2,
  dollarsPer100Ms: 1_234.5,
  functions: { route: { eventsPerInvocation: 7.25, msPerInvocation: 12 } },
  ...given,
});

const rate = {
  system: "pipeline",
  rate: 200,
  published: 6_000,
  p50Ms: 4.249,
  p99Ms: 29.04,
  cpuMsPerEvent: 6.497,
  lost: 1,
  duplicated: 2,
};

const report: Report = {
  at: "2026-11-29T12:00:00Z",
  machine: { cores: 2, processor: "Fast One", node: "24.1.0" },
  state: "on disk",
  rates: [rate, { ...rate, system: "baseline", p50Ms: 1.1, lost: 0 }],
  stream: {
    rate: 200,
    published: 6_000,
    p50Ms: 13,
    p99Ms: 34.16,
    maxMs: 103,
    lost: 0,
    duplicated: 3,
  },
  highest: {
    pipeline: {
      rate: 1_700,
      probes: [
        { rate: 1_000, isSustained: true, backlogGrowth: 0 },
        { rate: 2_250, isSustained: false, backlogGrowth: 300 },
      ],
    },
  },
  bills: {
    live: bill({}),
    quiet: bill({ dollarsPerMonth: 7_000, floorRatio: 1.473 }),
    full: bill({ dollarsPerMonth: 5_000.6, floorRatio: 1.05, dollarsPer100Ms: 99.4 }),
  },
  bundles: [{ name: "route", bytes: 151_500, gzipBytes: 49_400, importMs: 88.6 }],
  calls: {
    calls: 500,
    p50Ms: 5.04,
    p99Ms: 12,
    baselineP50Ms: 0.46,
    parallel: 100,
    answered: 99,
    parallelMs: 1_299.7,
    bill: {
      lines: [{ unit: "apiRequests", perCall: 1, dollarsPerMillionCalls: 3.5 }],
      dollarsPerMillionCalls: 9.876,
    },
  },
};

/** Returns the cells of the line that begins with `first`. */
const cells = (text: string, first: string): string[] =>
  text
    .split("\n")
    .find((line) => line.startsWith(first))
    ?.trim()
    .split(/ {2,}/) ?? [];

describe("the report of the benchmark", () => {
  const text = formatReport(report);

  it("names the machine and the location of the state", () => {
    expect(text).toContain("2 cores of Fast One, Node 24.1.0, state on disk");
  });

  it("lists latencies in milliseconds, lost and duplicated events", () => {
    expect(cells(text, "publish to webhook")).toEqual([
      "publish to webhook",
      "rate/s",
      "events",
      "p50 ms",
      "p99 ms",
      "cpu ms/event",
      "lost",
      "duplicated",
    ]);
    expect(cells(text, "pipeline")).toEqual([
      "pipeline",
      "200",
      "6000",
      "4.2",
      "29.0",
      "6.50",
      "1",
      "2",
    ]);
    expect(cells(text, "baseline")).toEqual([
      "baseline",
      "200",
      "6000",
      "1.1",
      "29.0",
      "6.50",
      "0",
      "2",
    ]);
    const stream = text.slice(text.indexOf("publish to event stream"));
    expect(cells(stream, "pipeline")).toEqual([
      "pipeline",
      "200",
      "6000",
      "13.0",
      "34.2",
      "103.0",
      "0",
      "3",
    ]);
  });

  it("lists the highest sustained rate and the probes", () => {
    const highest = text.slice(text.indexOf("highest sustained rate"));
    expect(cells(highest, "pipeline")).toEqual(["pipeline", "1700", "1000, 2250 no"]);
    expect(highest).toContain("2 % of the rate");
  });

  it("lists the monthly cost by kind of event, and as a multiple of the floor", () => {
    expect(cells(text, "sqsRequests")).toEqual(["sqsRequests", "1.500", "2,592", "2,592", "2,592"]);
    expect(cells(text, "lambdaRequests").slice(0, 3)).toEqual(["lambdaRequests", "0.200", "173"]);
    const month = text.slice(text.indexOf("1,000,000 devices"));
    expect(cells(month, "total")).toEqual(["total", "10,454", "7,000", "5,001"]);
    expect(cells(text, "times the floor")).toEqual(["times the floor", "2.20", "1.47", "1.05"]);
    expect(cells(text, "$ per million events")).toEqual([
      "$ per million events",
      "2.42",
      "2.42",
      "2.42",
    ]);
    expect(cells(text, "events per batch, route")).toEqual([
      "events per batch, route",
      "7.3",
      "7.3",
      "7.3",
    ]);
    expect(text).toContain("The floor is $4,752 a month");
    expect(text).toContain("adds $1,235 a month, or $99 with full batches");
  });

  it("lists the latency and the cost of calls", () => {
    expect(cells(text, "request to response")).toEqual([
      "request to response",
      "500",
      "5.0",
      "12.0",
      "0.5",
    ]);
    expect(text).toContain(
      "99 of 100 concurrent calls to distinct devices were answered, all within 1300 ms.",
    );
    expect(cells(text, "apiRequests")).toEqual(["apiRequests", "1.000", "3.50"]);
    expect(cells(text.slice(text.indexOf("cost of a call")), "total")).toEqual(["total", "9.88"]);
  });

  it("lists the sizes of functions in kB (1,000 bytes)", () => {
    expect(cells(text, "route")).toEqual(["route", "152", "49", "89"]);
  });
});

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
      { ...roundOf(hundred), cpuMsPerEvent: 6 },
      // One disturbed round does not move a median.
      { ...roundOf(hundred.map((ms) => ms * 1_000)), cpuMsPerEvent: 90 },
      {
        ...roundOf(
          hundred.map((ms) => ms + 1),
          103,
        ),
        cpuMsPerEvent: 7,
      },
    ];
    arrivals.record(measured[0]!.run, { seq: 0, latencyMs: 5 });
    expect(summaryOf(measured, arrivals)).toEqual({
      published: 303,
      p50Ms: 51,
      p99Ms: 100,
      cpuMsPerEvent: 7,
      lost: 3,
      duplicated: 1,
    });
  });
});
