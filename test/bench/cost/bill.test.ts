import { expect, it } from "vitest";
import { billForCalls, monthlyBill } from "../../../bench/cost/bill.ts";
import type { Counts } from "../../../bench/cost/counts.ts";

const nothing: Counts = {
  iot: {
    publishesIn: 0,
    deliveriesOut: 0,
    deviceAcks: 0,
    directMessages: 0,
    rulesTriggered: 0,
    ruleActions: 0,
  },
  functions: {},
  usageMeter: {
    sqsSends: 0,
    sqsGroupSends: 0,
    sqsReceives: 0,
    sqsDeletes: 0,
    sqsOthers: 0,
    s3Writes: 0,
    s3Reads: 0,
    tableReadUnits: 0,
    tableWriteUnits: 0,
    apiRequests: 0,
  },
};

const line = (counts: Counts, unit: string, before = nothing) =>
  monthlyBill(before, counts, 1_000).lines.find((one) => one.unit === unit);

it("contains only the connections without usage", () => {
  const { dollarsPerMonth, floorPerMonth } = monthlyBill(nothing, nothing, 1_000);
  expect(dollarsPerMonth).toBeCloseTo(3_456);
  expect(floorPerMonth).toBeCloseTo(4_752);
});

it("equals the floor for events that only trigger a rule with one action", () => {
  const iot = { ...nothing.iot, rulesTriggered: 1_000, ruleActions: 1_000 };
  const bill = monthlyBill(nothing, { ...nothing, iot }, 1_000);
  expect(bill.dollarsPerMonth).toBeCloseTo(4_752);
  expect(bill.floorRatio).toBeCloseTo(1);
  expect(bill.dollarsPerMillionEvents).toBeCloseTo(1.1);
});

it("counts the usage between the two counts only", () => {
  const usageMeter = { ...nothing.usageMeter, sqsSends: 5_000 };
  const after = { ...nothing, usageMeter: { ...usageMeter, sqsSends: 6_500 } };
  expect(line(after, "sqsRequests", { ...nothing, usageMeter })?.perEvent).toBe(1.5);
});

it("includes all queue requests and the surcharge for message groups", () => {
  const usageMeter = {
    ...nothing.usageMeter,
    sqsSends: 1_100,
    sqsGroupSends: 100,
    sqsReceives: 200,
    sqsDeletes: 200,
  };
  const counts = { ...nothing, usageMeter };
  expect(line(counts, "sqsRequests")?.dollarsPerMonth).toBeCloseTo(1.5 * 4_320 * 0.4);
  expect(line(counts, "sqsGroupRequests")?.dollarsPerMonth).toBeCloseTo(0.1 * 4_320 * 0.1);
});

it("includes PUBACKs of devices in the messages", () => {
  const iot = { ...nothing.iot, publishesIn: 1_000, deliveriesOut: 500, deviceAcks: 500 };
  expect(line({ ...nothing, iot }, "brokerMessages")?.perEvent).toBe(2);
});

it("includes requests, GB-seconds and log bytes of functions", () => {
  const deliver = {
    invocations: 100,
    durationMs: 2_000,
    memoryMb: 512,
    outputBytes: 1_000,
    outputLines: 10,
  };
  const counts = { ...nothing, functions: { "stack-deliver": deliver } };
  expect(line(counts, "lambdaRequests")?.perEvent).toBe(0.1);
  // 2 s with 0.5 GB for 1,000 events.
  expect(line(counts, "lambdaGbSeconds")?.perEvent).toBe(0.001);
  expect(line(counts, "lambdaGbSeconds")?.dollarsPerMonth).toBeCloseTo(0.001 * 4_320 * 13.3334);
  // 1,000 bytes, and 26 more per line.
  expect(line(counts, "logBytes")?.perEvent).toBeCloseTo((1_000 + 260) / 1_000);
});

it("calculates the batch fill and the cost of slow targets", () => {
  const usage = { durationMs: 2_000, memoryMb: 512, outputBytes: 0, outputLines: 0 };
  const functions = {
    route: { ...usage, invocations: 125 },
    deliver: { ...usage, invocations: 100 },
    bury: { ...usage, invocations: 0 },
  };
  const bill = monthlyBill(nothing, { ...nothing, functions }, 1_000);
  expect(bill.functions).toEqual({
    route: { eventsPerInvocation: 8, msPerInvocation: 16 },
    deliver: { eventsPerInvocation: 10, msPerInvocation: 20 },
  });
  // 0.1 invocations per event, 0.1 s longer, 0.5 GB.
  expect(bill.dollarsPer100Ms).toBeCloseTo(0.1 * 0.1 * 0.5 * 4_320 * 13.3334);
});

it("contains the units of the calls, without unused units", () => {
  const counts = (directMessages: number, tableReadUnits: number): Counts => ({
    iot: { ...nothing.iot, directMessages },
    functions: {},
    usageMeter: { ...nothing.usageMeter, tableReadUnits },
  });
  const { lines, dollarsPerMillionCalls } = billForCalls(counts(5, 100), counts(15, 180), 10);
  expect(lines.map(({ unit, perCall }) => [unit, perCall])).toEqual([
    ["brokerMessages", 1],
    ["tableReadUnits", 8],
  ]);
  expect(dollarsPerMillionCalls).toBeCloseTo(2);
});
