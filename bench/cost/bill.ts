import { dollars, prices, type Unit } from "#shared/platform/prices.ts";
import type { Counts } from "./counts.ts";

/** The deployment that the monthly bill is calculated for. */
const devices = 1_000_000;
const minutesBetweenEvents = 10;
const minutesPerMonth = 30 * 24 * 60;
const eventsPerMonth = (devices * minutesPerMonth) / minutesBetweenEvents;

/** One billed unit of the bill. */
export interface BillLine {
  readonly unit: Unit;
  readonly perEvent: number;
  readonly dollarsPerMonth: number;
}

/** AWS bill of events, for a million devices that publish every ten minutes. */
export interface Bill {
  readonly lines: readonly BillLine[];
  readonly dollarsPerMonth: number;
  readonly dollarsPerMillionEvents: number;
  /** Lower bound of any pipeline behind IoT Core: connections, and a rule with one action. */
  readonly floorPerMonth: number;
  /** Total divided by the floor. */
  readonly floorRatio: number;
  /** Monthly cost of each additional 100 ms until targets answer. */
  readonly dollarsPer100Ms: number;
  readonly functions: Readonly<Record<string, FunctionLoad>>;
}

export interface FunctionLoad {
  readonly eventsPerInvocation: number;
  readonly msPerInvocation: number;
}

/**
 * Maximum cost of a million small events of a fleet while one stream is open: per event one item
 * and one message to the stream. An event without a time also has its receive time published and
 * delivered.
 */
export const dollarsPerMillionStreamed =
  dollars("tableWriteUnits", 1e6) + 3 * dollars("brokerMessages", 1e6);

/** Calculates the bill from the usage counts before and after `events` events. */
export const monthlyBill = (before: Counts, after: Counts, events: number): Bill => {
  const perEvent = perEventOf(before, after, events);
  const lines = perEvent.map(([unit, each]) => ({
    unit,
    perEvent: each,
    dollarsPerMonth: dollars(unit, each * eventsPerMonth),
  }));
  const dollarsPerMonth = lines.reduce((sum, line) => sum + line.dollarsPerMonth, 0);
  const functions = functionsOf(before, after, events);
  return {
    lines,
    dollarsPerMonth,
    dollarsPerMillionEvents: dollarsPerMonth / (eventsPerMonth / 1e6),
    floorPerMonth,
    floorRatio: dollarsPerMonth / floorPerMonth,
    dollarsPer100Ms: costOf100Ms(before, after, events),
    functions,
  };
};

const floorPerMonth =
  dollars("connectionMinutes", devices * minutesPerMonth) +
  dollars("rulesTriggered", eventsPerMonth) +
  dollars("ruleActions", eventsPerMonth);

const perEventOf = (before: Counts, after: Counts, events: number): [Unit, number][] => [
  ["connectionMinutes", minutesBetweenEvents],
  ...unitsPerEvent(before, after, events),
];

/** Billed units between two counts, per event. */
export const unitsPerEvent = (before: Counts, after: Counts, events: number): [Unit, number][] => {
  const [from, to] = [unitsOf(before), unitsOf(after)];
  return [...to].map(([unit, units]) => [unit, (units - (from.get(unit) ?? 0)) / events]);
};

/**
 * Bytes that CloudWatch bills per log event in addition to its text.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
const logEventBytes = 26;
const mbPerGb = 1_024;

type Usage = Counts["functions"][string];

/** Converts usage counts into billed units. */
const unitsOf = ({ iot, functions, usageMeter }: Counts): ReadonlyMap<Unit, number> => {
  const sum = (of: (usage: Usage) => number): number =>
    Object.values(functions).reduce((all, usage) => all + of(usage), 0);
  return new Map<Unit, number>([
    // PUBACKs of devices are billed, those of the broker are not.
    ["brokerMessages", iot.publishesIn + iot.deliveriesOut + iot.deviceAcks + iot.directMessages],
    ["rulesTriggered", iot.rulesTriggered],
    ["ruleActions", iot.ruleActions],
    [
      "sqsRequests",
      usageMeter.sqsSends + usageMeter.sqsReceives + usageMeter.sqsDeletes + usageMeter.sqsOthers,
    ],
    ["sqsGroupRequests", usageMeter.sqsGroupSends],
    ["lambdaRequests", sum(({ invocations }) => invocations)],
    ["lambdaGbSeconds", sum(gbSeconds)],
    ["tableReadUnits", usageMeter.tableReadUnits],
    ["tableWriteUnits", usageMeter.tableWriteUnits],
    ["apiRequests", usageMeter.apiRequests],
    ["s3Writes", usageMeter.s3Writes],
    ["s3Reads", usageMeter.s3Reads],
    ["logBytes", sum(logBytes)],
  ]);
};

const gbSeconds = ({ durationMs, memoryMb }: Usage): number =>
  (durationMs / 1_000) * (memoryMb / mbPerGb);

/** Log lines of the functions. The templates disable the platform logs of Lambda. */
const logBytes = ({ outputBytes, outputLines }: Usage): number =>
  outputBytes + outputLines * logEventBytes;

const functionsOf = (before: Counts, after: Counts, events: number) =>
  Object.fromEntries(
    Object.entries(after.functions).flatMap(([name, usage]): [string, FunctionLoad][] => {
      const invocations = usage.invocations - (before.functions[name]?.invocations ?? 0);
      const durationMs = usage.durationMs - (before.functions[name]?.durationMs ?? 0);
      if (invocations === 0) return [];
      const load = {
        eventsPerInvocation: events / invocations,
        msPerInvocation: durationMs / invocations,
      };
      return [[name, load]];
    }),
  );

/** Only `deliver` waits for targets, once per batch. */
const costOf100Ms = (before: Counts, after: Counts, events: number): number => {
  const seconds = Object.entries(after.functions)
    .filter(([name]) => name.includes("deliver"))
    .map(([name, { invocations, memoryMb }]) => {
      const more = invocations - (before.functions[name]?.invocations ?? 0);
      return more * 0.1 * (memoryMb / mbPerGb);
    })
    .reduce((all, one) => all + one, 0);
  return dollars("lambdaGbSeconds", (seconds / events) * eventsPerMonth);
};

/** AWS bill of calls, at the list price of the first tier. */
export interface CallBill {
  readonly lines: readonly {
    readonly unit: Unit;
    readonly perCall: number;
    readonly dollarsPerMillionCalls: number;
  }[];
  readonly dollarsPerMillionCalls: number;
}

/** Calculates the bill from the usage counts before and after `calls` calls. */
export const billForCalls = (before: Counts, after: Counts, calls: number): CallBill => {
  const lines = unitsPerEvent(before, after, calls)
    .filter(([, perCall]) => perCall > 0)
    .map(([unit, perCall]) => ({
      unit,
      perCall,
      dollarsPerMillionCalls: perCall * (prices[unit][0]?.perMillion ?? 0),
    }));
  const dollarsPerMillionCalls = lines.reduce((sum, line) => sum + line.dollarsPerMillionCalls, 0);
  return { lines, dollarsPerMillionCalls };
};
