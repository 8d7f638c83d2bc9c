import type { Bundle } from "../bundles.ts";
import { type Bill, dollarsPerMillionStreamed } from "../cost/bill.ts";
import type { Calls } from "../latency/calls.ts";
import type { Section } from "./section.ts";
import { count, ms } from "./units.ts";

/** Bills of live events, of quiet events (basic ingest), and of quiet events in full batches. */
export interface Bills {
  readonly live: Bill;
  readonly quiet: Bill;
  readonly full: Bill;
}

export const callSections = ({ bill, ...all }: Calls): Section[] => [
  {
    headings: ["Sequential function calls", "calls", "p50 ms", "p99 ms", "bare MQTT p50 ms"],
    rows: [
      [
        "request to response",
        count(all.calls),
        ms(all.p50Ms),
        ms(all.p99Ms),
        ms(all.baselineP50Ms),
      ],
    ],
    note: `${all.answered} of ${all.parallel} concurrent calls to distinct devices were answered, all within ${count(all.parallelMs)} ms.`,
  },
  {
    headings: ["Cost of a call", "per call", "$ per million"],
    rows: [
      ...bill.lines.map(({ unit, perCall, dollarsPerMillionCalls }) => [
        unit,
        perCall.toFixed(3),
        dollarsPerMillionCalls.toFixed(2),
      ]),
      ["total", "", bill.dollarsPerMillionCalls.toFixed(2)],
    ],
  },
];

export const bundleSection = (all: readonly Bundle[]): Section => ({
  headings: ["Function", "kB", "kB gzipped", "import ms"],
  rows: all.map(({ name, bytes, gzipBytes, importMs }) => [
    name,
    count(bytes / 1_000),
    count(gzipBytes / 1_000),
    count(importMs),
  ]),
});

export const billSection = ({ live, quiet, full }: Bills): Section => {
  const all = [live, quiet, full];
  return {
    headings: [
      "1,000,000 devices, one event per 10 min",
      "per event",
      "$/month",
      "quiet",
      "full batches",
    ],
    rows: [
      ...live.lines.map(({ unit, perEvent }, i) => [
        unit,
        perEvent.toFixed(3),
        ...all.map(({ lines }) => count(lines[i]?.dollarsPerMonth ?? 0)),
      ]),
      ["total", "", ...all.map(({ dollarsPerMonth }) => count(dollarsPerMonth))],
      ["times the floor", "", ...all.map(({ floorRatio }) => floorRatio.toFixed(2))],
      ["$ per million events", "", ...all.map((one) => one.dollarsPerMillionEvents.toFixed(2))],
      ...batches(live, all),
    ],
    note: `The floor is $${count(live.floorPerMonth)} a month: connections, and one rule with one action. Quiet events use basic ingest, which is free of messaging charges. In the last column quiet events arrive faster than the cloud handles them, so that batches are as full as possible. The fill of batches on AWS is between these two. Each 100 ms of target response time adds $${count(live.dollarsPer100Ms)} a month, or $${count(full.dollarsPer100Ms)} with full batches. A million events of a fleet add at most $${dollarsPerMillionStreamed.toFixed(2)} while one stream is open. Durations are those of this machine, with a whole processor: npm run cost estimates those of AWS, line by line. Not included: traffic to the targets (about $580 for 1.5 KB each), retries, connects and subscriptions, empty receives, cold starts, users' API requests, storage, alarms, free tiers, taxes.`,
  };
};

/** Batch fill of each function. */
const batches = (live: Bill, all: readonly Bill[]): string[][] =>
  Object.keys(live.functions).map((name) => [
    `events per batch, ${name}`,
    "",
    ...all.map(({ functions }) => functions[name]?.eventsPerInvocation.toFixed(1) ?? ""),
  ]);
