import { expect, it } from "vitest";
import type { Bill } from "../../../bench/cost/bill.ts";
import { billSection, bundleSection, callSections } from "../../../bench/report/costSections.ts";
import type { Section } from "../../../bench/report/section.ts";

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

/** The row that begins with a cell. */
const row = ({ rows }: Section, first: string) => rows.find(([cell]) => cell === first);

it("lists the monthly cost by kind of event, and as a multiple of the floor", () => {
  const section = billSection({
    live: bill({}),
    quiet: bill({ dollarsPerMonth: 7_000, floorRatio: 1.473 }),
    full: bill({ dollarsPerMonth: 5_000.6, floorRatio: 1.05, dollarsPer100Ms: 99.4 }),
  });
  expect(row(section, "sqsRequests")).toEqual(["sqsRequests", "1.500", "2,592", "2,592", "2,592"]);
  expect(row(section, "lambdaRequests")?.slice(0, 3)).toEqual(["lambdaRequests", "0.200", "173"]);
  expect(row(section, "total")).toEqual(["total", "", "10,454", "7,000", "5,001"]);
  expect(row(section, "times the floor")).toEqual(["times the floor", "", "2.20", "1.47", "1.05"]);
  expect(row(section, "$ per million events")?.[2]).toBe("2.42");
  expect(row(section, "events per batch, route")?.[2]).toBe("7.3");
  expect(section.note).toContain("The floor is $4,752 a month");
  expect(section.note).toContain("adds $1,235 a month, or $99 with full batches");
});

it("lists the latency and the cost of calls", () => {
  const [latency, cost] = callSections({
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
  });
  expect(latency?.rows).toEqual([["request to response", "500", "5.0", "12.0", "0.5"]]);
  expect(latency?.note).toContain(
    "99 of 100 concurrent calls to distinct devices were answered, all within 1,300 ms.",
  );
  expect(cost?.rows).toEqual([
    ["apiRequests", "1.000", "3.50"],
    ["total", "", "9.88"],
  ]);
});

it("lists the sizes of functions in kB (1,000 bytes)", () => {
  const one = { name: "route", bytes: 151_500, gzipBytes: 49_400, importMs: 88.6 };
  expect(bundleSection([one]).rows).toEqual([["route", "152", "49", "89"]]);
});
