import type { Bundle } from "./bundles.ts";
import { type Bill, dollarsPerMillionStreamed } from "./cost/bill.ts";
import type { Calls } from "./latency/calls.ts";
import { backlogGrowthMax, type HighestRate } from "./latency/highestRate.ts";
import type { RateResult } from "./latency/rates.ts";
import type { StreamResult } from "./latency/stream.ts";
import type { Machine } from "./system/machine.ts";
import { table } from "./table.ts";

/** Everything that a run found. */
export interface Report {
  readonly at: string;
  readonly machine: Machine;
  readonly state: "in memory" | "on disk";
  readonly rates: readonly RateResult[];
  readonly stream: StreamResult;
  readonly highest: Readonly<Record<string, HighestRate>>;
  /** Of events that subscribers can see, of quiet ones by basic ingest, and of quiet ones in full batches. */
  readonly bills: { readonly live: Bill; readonly quiet: Bill; readonly full: Bill };
  readonly bundles: readonly Bundle[];
  readonly calls: Calls;
}

/** The report as text for a terminal. */
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
The devices, the cloud, the floor and the webhook's target share these cores.`;

const rates = (all: readonly RateResult[]): string =>
  table(
    [
      "from publish to webhook",
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
    [
      "from publish to event stream",
      "rate/s",
      "events",
      "p50 ms",
      "p99 ms",
      "max ms",
      "lost",
      "twice",
    ],
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
      ["highest rate that holds", "events/s", "tried"],
      Object.entries(all).map(([system, { rate, probes }]) => [
        system,
        String(rate),
        tried(probes),
      ]),
    ),
    `It holds when nothing is lost and, in the second half of the time, the events that are due and have
not arrived grow by less than ${backlogGrowthMax * 100} % of the rate. A rate that fails is tried twice.`,
  ].join("\n");

const tried = (probes: HighestRate["probes"]): string =>
  probes.map(({ rate, isSustained }) => `${rate}${isSustained ? "" : " no"}`).join(", ");

const calls = ({ bill, ...all }: Calls): string =>
  [
    table(
      ["calls of a function, one after the other", "calls", "p50 ms", "p99 ms", "bare MQTT p50 ms"],
      [
        [
          "from request to answer",
          String(all.calls),
          all.p50Ms.toFixed(1),
          all.p99Ms.toFixed(1),
          all.baselineP50Ms.toFixed(1),
        ],
      ],
    ),
    `Of ${all.parallel} calls of as many devices at once ${all.answered} were answered, all within ${all.parallelMs.toFixed(0)} ms.`,
    table(
      ["what a call costs", "a call", "$ per million"],
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
      ["1,000,000 devices, an event each 10 min", "an event", "$/month", "quiet", "full batches"],
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
    `The floor is $${money(live.floorPerMonth)} a month: connections, and one rule with one action. Quiet events go by basic
ingest, which the broker does not bill; the last column is of quiet events that come faster than they are
handled, so that batches are as full as they get. How full they are on AWS lies in between.
Each 100 ms that targets take to answer add $${money(live.dollarsPer100Ms)} a month, or $${money(full.dollarsPer100Ms)} with full batches.
A million events of a fleet add up to $${dollarsPerMillionStreamed.toFixed(2)} while one stream listens to it.
Left out: traffic to the targets (about $580 for 1.5 KB each), retries, connects and subscriptions,
pollers that find nothing, cold starts, users' API requests, storage, alarms, free tiers, taxes.`,
  ].join("\n");
};

/** How full each function's batches were. */
const batches = (live: Bill, all: readonly Bill[]): string[][] =>
  Object.keys(live.functions).map((name) => [
    `events a batch, ${name}`,
    "",
    ...all.map(({ functions }) => functions[name]?.eventsPerInvocation.toFixed(1) ?? ""),
  ]);

const money = (dollars: number): string =>
  dollars.toLocaleString("en-US", { maximumFractionDigits: 0 });
