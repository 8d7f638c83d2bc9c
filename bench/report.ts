import type { Bundle } from "./bundles.ts";
import { type Bill, dollarsPerMillionStreamed } from "./cost/bill.ts";
import type { Calls } from "./latency/calls.ts";
import { backlogGrowthMax, type HighestRate } from "./latency/highestRate.ts";
import type { RateResult } from "./latency/rates.ts";
import type { StreamResult } from "./latency/stream.ts";
import type { Machine } from "./system/machine.ts";
import { table } from "./table.ts";

/** Results of a run. */
export interface Report {
  readonly at: string;
  readonly machine: Machine;
  readonly state: "in memory" | "on disk";
  readonly rates: readonly RateResult[];
  readonly stream: StreamResult;
  readonly highest: Readonly<Record<string, HighestRate>>;
  /** Bills of live events, of quiet events (basic ingest), and of quiet events in full batches. */
  readonly bills: { readonly live: Bill; readonly quiet: Bill; readonly full: Bill };
  readonly bundles: readonly Bundle[];
  readonly calls: Calls;
}

/** Formats the report as text for a terminal. */
export const formatReport = (report: Report): string =>
  [
    heading(report),
    rates(report.rates),
    stream(report.stream),
    highest(report.highest),
    calls(report.calls),
    bundles(report.bundles),
    bill(report.bills),
  ].join("\n\n");

const heading = ({ machine, state }: Report): string =>
  `Godwit on ${machine.cores} cores of ${machine.processor}, Node ${machine.node}, state ${state}.
The devices, the cloud, the baseline and the webhook's target share these cores.`;

const rates = (all: readonly RateResult[]): string =>
  table(
    [
      "publish to webhook",
      "rate/s",
      "events",
      "p50 ms",
      "p99 ms",
      "cpu ms/event",
      "lost",
      "duplicated",
    ],
    all.map(({ system, rate, published, p50Ms, p99Ms, cpuMsPerEvent, lost, duplicated }) => [
      system,
      String(rate),
      String(published),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      cpuMsPerEvent.toFixed(2),
      String(lost),
      String(duplicated),
    ]),
  );

const stream = ({ rate, published, p50Ms, p99Ms, maxMs, lost, duplicated }: StreamResult): string =>
  table(
    ["publish to event stream", "rate/s", "events", "p50 ms", "p99 ms", "max ms", "lost", "twice"],
    [
      [
        "pipeline",
        String(rate),
        String(published),
        p50Ms.toFixed(1),
        p99Ms.toFixed(1),
        maxMs.toFixed(1),
        String(lost),
        String(duplicated),
      ],
    ],
  );

const highest = (all: Report["highest"]): string =>
  [
    table(
      ["highest sustained rate", "events/s", "probes"],
      Object.entries(all).map(([system, { rate, probes }]) => [
        system,
        String(rate),
        tried(probes),
      ]),
    ),
    `A rate is sustained if no event is lost and the backlog (events due and not arrived) grows by less than
${backlogGrowthMax * 100} % of the rate in the second half of the time. A failed rate is probed twice.`,
  ].join("\n");

const tried = (probes: HighestRate["probes"]): string =>
  probes.map(({ rate, isSustained }) => `${rate}${isSustained ? "" : " no"}`).join(", ");

const calls = ({ bill, ...all }: Calls): string =>
  [
    table(
      ["sequential function calls", "calls", "p50 ms", "p99 ms", "bare MQTT p50 ms"],
      [
        [
          "request to response",
          String(all.calls),
          all.p50Ms.toFixed(1),
          all.p99Ms.toFixed(1),
          all.baselineP50Ms.toFixed(1),
        ],
      ],
    ),
    `${all.answered} of ${all.parallel} concurrent calls to distinct devices were answered, all within ${all.parallelMs.toFixed(0)} ms.`,
    table(
      ["cost of a call", "per call", "$ per million"],
      [
        ...bill.lines.map(({ unit, perCall, dollarsPerMillionCalls }) => [
          unit,
          perCall.toFixed(3),
          dollarsPerMillionCalls.toFixed(2),
        ]),
        ["total", "", bill.dollarsPerMillionCalls.toFixed(2)],
      ],
    ),
  ].join("\n");

const bundles = (all: readonly Bundle[]): string =>
  table(
    ["function", "kB", "kB gzipped", "import ms"],
    all.map(({ name, bytes, gzipBytes, importMs }) => [
      name,
      (bytes / 1_000).toFixed(0),
      (gzipBytes / 1_000).toFixed(0),
      importMs.toFixed(0),
    ]),
  );

const bill = ({ live, quiet, full }: Report["bills"]): string => {
  const all = [live, quiet, full];
  return [
    table(
      ["1,000,000 devices, one event per 10 min", "per event", "$/month", "quiet", "full batches"],
      [
        ...live.lines.map(({ unit, perEvent }, i) => [
          unit,
          perEvent.toFixed(3),
          ...all.map(({ lines }) => money(lines[i]?.dollarsPerMonth ?? 0)),
        ]),
        ["total", "", ...all.map(({ dollarsPerMonth }) => money(dollarsPerMonth))],
        ["times the floor", "", ...all.map(({ floorRatio }) => floorRatio.toFixed(2))],
        ["$ per million events", "", ...all.map((one) => one.dollarsPerMillionEvents.toFixed(2))],
        ...batches(live, all),
      ],
    ),
    `The floor is $${money(live.floorPerMonth)} a month: connections, and one rule with one action. Quiet events use basic
ingest, which is free of messaging charges. In the last column quiet events arrive faster than the cloud handles
them, so that batches are as full as possible. The fill of batches on AWS is between these two.
Each 100 ms of target response time adds $${money(live.dollarsPer100Ms)} a month, or $${money(full.dollarsPer100Ms)} with full batches.
A million events of a fleet add at most $${dollarsPerMillionStreamed.toFixed(2)} while one stream is open.
Not included: traffic to the targets (about $580 for 1.5 KB each), retries, connects and subscriptions,
empty receives, cold starts, users' API requests, storage, alarms, free tiers, taxes.`,
  ].join("\n");
};

/** Batch fill of each function. */
const batches = (live: Bill, all: readonly Bill[]): string[][] =>
  Object.keys(live.functions).map((name) => [
    `events per batch, ${name}`,
    "",
    ...all.map(({ functions }) => functions[name]?.eventsPerInvocation.toFixed(1) ?? ""),
  ]);

const money = (dollars: number): string =>
  dollars.toLocaleString("en-US", { maximumFractionDigits: 0 });
