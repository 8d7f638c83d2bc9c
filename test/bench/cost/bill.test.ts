import { expect, it } from "vitest";
import { monthlyBill } from "../../../bench/cost/bill.ts";
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

it("is the connections alone when nothing was counted", () => {
  const { dollarsPerMonth, floorPerMonth } = monthlyBill(nothing, nothing, 1_000);
  expect(dollarsPerMonth).toBeCloseTo(3_456);
  expect(floorPerMonth).toBeCloseTo(4_752);
});

it("is the floor for events that only run a rule with one action", () => {
  const iot = { ...nothing.iot, rulesTriggered: 1_000, ruleActions: 1_000 };
  const bill = monthlyBill(nothing, { ...nothing, iot }, 1_000);
  expect(bill.dollarsPerMonth).toBeCloseTo(4_752);
  expect(bill.floorRatio).toBeCloseTo(1);
  expect(bill.dollarsPerMillionEvents).toBeCloseTo(1.1);
});

it("counts what came between, not what was there before", () => {
  const usageMeter = { ...nothing.usageMeter, sqsSends: 5_000 };
  const after = { ...nothing, usageMeter: { ...usageMeter, sqsSends: 6_500 } };
  expect(line(after, "sqsRequests", { ...nothing, usageMeter })?.perEvent).toBe(1.5);
});

it("takes every kind of request to a queue, and the extra for message groups", () => {
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

it("bills a device's acknowledgements beside the messages in and out", () => {
  const iot = { ...nothing.iot, publishesIn: 1_000, deliveriesOut: 500, deviceAcks: 500 };
  expect(line({ ...nothing, iot }, "brokerMessages")?.perEvent).toBe(2);
});

it("bills a function by requests, memory and time, and by what Lambda logs of each invocation", () => {
  const deliver = {
    invocations: 100,
    durationMs: 2_000,
    memoryMb: 512,
    outputBytes: 1_000,
    outputLines: 10,
  };
  const counts = { ...nothing, functions: { "stack-deliver": deliver } };
  expect(line(counts, "lambdaRequests")?.perEvent).toBe(0.1);
  // 2 s of half a GB for a thousand events.
  expect(line(counts, "lambdaGbSeconds")?.perEvent).toBe(0.001);
  expect(line(counts, "lambdaGbSeconds")?.dollarsPerMonth).toBeCloseTo(0.001 * 4_320 * 13.3334);
  // 1,000 bytes, 26 more a line, and 351 an invocation.
  expect(line(counts, "logBytes")?.perEvent).toBeCloseTo((1_000 + 260) / 1_000);
});

it("says how full the batches were, and what slow targets cost", () => {
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
  // A tenth of an invocation for each event, a tenth of a second longer, with half a GB.
  expect(bill.dollarsPer100Ms).toBeCloseTo(0.1 * 0.1 * 0.5 * 4_320 * 13.3334);
});
