import type { RateResult } from "../latency/rates.ts";
import { table } from "../table.ts";
import type { LossCounts } from "./deliveryTracker.ts";
import { nodeRedVersion } from "./installNodeRed.ts";
import { lossTests } from "./lossTests.ts";
import type { LossReport } from "./measureLosses.ts";
import type { LossResult } from "./runLossTest.ts";

/** Formats the report as text for a terminal. */
export const formatLossReport = (report: LossReport): string =>
  [
    heading(report),
    ...(report.rates.length > 0 ? [speed(report.rates)] : []),
    losses(report),
    notes,
  ].join("\n\n");

const heading = ({ at, machine, load }: LossReport): string =>
  `${at}, ${machine.cores} cores of ${machine.processor}, Node ${machine.node}; load ${load.map((one) => one.toFixed(1)).join(" before, ")} after.
Devices, brokers, workers and targets share these cores. Godwit keeps its state on disk.`;

const speed = (all: readonly RateResult[]): string =>
  table(
    ["publish to webhook", "rate/s", "events", "p50 ms", "p99 ms", "lost"],
    all.map(({ system, rate, published, p50Ms, p99Ms, lost }) => [
      system,
      String(rate),
      String(published),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      String(lost),
    ]),
  );

const losses = ({ systems, results }: LossReport): string =>
  table(
    ["lost of the acknowledged events", ...systems],
    lossTests
      .filter(({ number }) => results.some(({ test }) => test === number))
      .map(({ number, name }) => [
        `${number}. ${name}`,
        ...systems.map((system) =>
          cell(results.find((one) => one.test === number && one.system === system)),
        ),
      ]),
  );

const cell = (result: LossResult | undefined): string => {
  if (result === undefined) return "";
  const { counts, other } = result;
  return other === undefined ? short(counts) : `${short(counts)}; hanging: ${short(other)}`;
};

const short = ({ acknowledged, lost, repeated }: LossCounts): string =>
  `${lost} of ${acknowledged}${repeated > 0 ? ` (${repeated} twice)` : ""}`;

const notes = `An event is lost if the broker acknowledged it and it never arrived at its target; "twice" counts events that arrived more
than once. Killing Godwit ends the process that runs its broker, queues, tables and workers; with Node-RED
(${nodeRedVersion}) only Node-RED is killed. Its broker is aedes, which queues any number of messages for a session. A request
that a hanging target has read completely counts as arrived.`;
