import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { measureBundles } from "./bundles.ts";
import { measureBill } from "./cost/measureBill.ts";
import { type Arrivals, createArrivals } from "./latency/arrivals.ts";
import { measureCalls } from "./latency/calls.ts";
import { measureHighestRate } from "./latency/highestRate.ts";
import { measureIsolation } from "./latency/isolation.ts";
import { measure, warmUp } from "./latency/measure.ts";
import { openPublishers, type Publishers } from "./latency/publishers.ts";
import { measureRates } from "./latency/rates.ts";
import { measureStream } from "./latency/stream.ts";
import { formatLossReport } from "./loss/lossReport.ts";
import { measureLosses } from "./loss/measureLosses.ts";
import { parseLossOptions } from "./loss/options.ts";
import { help, type Options, parseOptions, rateMax } from "./options.ts";
import { formatReport, type Report } from "./report.ts";
import { describeMachine } from "./system/machine.ts";
import { startBaselineSystem, startCloudSystem } from "./system/system.ts";
import { startTarget } from "./system/target.ts";

const main = async (): Promise<void> => {
  const args = process.argv.slice(2);
  if (args[0] === "isolation") {
    process.stdout.write(`${await measureIsolation()}\n`);
    return;
  }
  if (args[0] === "loss" || args[0] === "--peer") {
    const rest = args[0] === "loss" ? args.slice(1) : args;
    const report = await measureLosses(parseLossOptions(rest), log);
    await writeResults("loss", report);
    process.stdout.write(`${formatLossReport(report)}\n`);
    return;
  }
  const options = parseOptions(args);
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return;
  }
  const report = await run(options);
  const json = await writeResults("latest", report);
  process.stderr.write(options.json ? `${formatReport(report)}\n` : "");
  process.stdout.write(`${options.json ? json : formatReport(report)}\n`);
};

/** Writes a report to `bench/results` and returns its JSON. */
const writeResults = async (name: string, report: object): Promise<string> => {
  const json = JSON.stringify(report, undefined, 2);
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}${name}.json`, `${json}\n`);
  return json;
};

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const run = async (options: Options): Promise<Report> => {
  log("bundles");
  const bundles = await measureBundles(options.imports);
  const arrivals = createArrivals();
  const stops: (() => Promise<void>)[] = [];
  try {
    const target = await startTarget(arrivals);
    stops.push(target.stop);
    log("starting the cloud and the baseline");
    const cloud = await startCloudSystem(target.url, options.data);
    stops.push(cloud.child.stop);
    const baseline = await startBaselineSystem(target.url);
    stops.push(baseline.child.stop);
    const systems = [openPublishers(cloud), openPublishers(baseline)];
    for (const { stop } of systems) stops.push(stop);
    const measured = await measureAll(systems, arrivals, options);
    log("calls");
    const calls = await measureCalls(cloud, baseline, options);
    return { ...facts(options), ...measured, calls, bundles };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};

const facts = ({ data }: Options): Pick<Report, "at" | "machine" | "state"> => ({
  at: new Date().toISOString(),
  machine: describeMachine(),
  state: data === undefined ? "in memory" : "on disk",
});

/** Rate for the latency of an event stream. */
const streamRate = 200;

/** Exceeds the capacity of the cloud, so that batches are full. */
const burst = { rate: rateMax, seconds: 2 };

const measureAll = async (
  systems: readonly Publishers[],
  arrivals: Arrivals,
  options: Options,
): Promise<Pick<Report, "rates" | "stream" | "highest" | "bills">> => {
  const [cloud] = systems;
  if (cloud === undefined) throw new Error("no system to measure");
  const { seconds, probesMax } = options;
  const rate = options.rates.at(-1) ?? warmUp.rate;
  for (const system of systems) await measure(system, arrivals, warmUp);
  log(`${options.rates.join(" and ")} events per second`);
  const rates = await measureRates(systems, arrivals, options);
  log("cost");
  const live = await measureBill(cloud, arrivals, { rate, seconds });
  const prefix = "$aws/rules/godwit_events/";
  const quiet = await measureBill(cloud, arrivals, { rate, seconds, prefix });
  const full = await measureBill(cloud, arrivals, { ...burst, prefix });
  log("highest sustained rate");
  const highest: Record<string, Report["highest"][string]> = {};
  for (const publishers of systems) {
    const plan = { from: rate, seconds: options.probeSeconds, probesMax };
    highest[publishers.system.name] = await measureHighestRate(publishers, arrivals, plan);
  }
  // Last: for some minutes after a stream, the cloud stores recent events, which costs writes.
  log("event stream");
  const stream = await measureStream(cloud, { rate: streamRate, seconds, rounds: options.rounds });
  return { rates, stream, highest, bills: { live, quiet, full } };
};

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
