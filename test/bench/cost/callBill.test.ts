import { expect, it } from "vitest";
import { billForCalls } from "../../../bench/cost/callBill.ts";
import type { Counts } from "../../../bench/cost/counts.ts";

const counts = (directMessages: number, tableReadUnits: number): Counts => ({
  iot: {
    publishesIn: 0,
    deliveriesOut: 0,
    deviceAcks: 0,
    directMessages,
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
    tableReadUnits,
    tableWriteUnits: 0,
    apiRequests: 0,
  },
});

it("contains the units of the calls, without unused units", () => {
  const { lines, dollarsPerMillionCalls } = billForCalls(counts(5, 100), counts(15, 180), 10);
  expect(lines.map(({ unit, perCall }) => [unit, perCall])).toEqual([
    ["brokerMessages", 1],
    ["tableReadUnits", 8],
  ]);
  expect(dollarsPerMillionCalls).toBeCloseTo(2);
});
