import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Facts, formatMarkdown, formatText } from "../bench/report/section.ts";
import { stopAll } from "../bench/system/cleanup.ts";
import { describeMachine, watchSurroundings } from "../bench/system/machine.ts";
import { runToExit } from "../bench/system/runToExit.ts";
import { openCloud } from "./cloud/openCloud.ts";
import { help } from "./help.ts";
import { lanesOf } from "./lanes.ts";
import { partMsMax } from "./limits.ts";
import { type Options, parseOptions } from "./options.ts";
import { type PartName, parts } from "./parts/parts.ts";
import { startDriver, startObserver } from "./process/processes.ts";
import { sectionsOf } from "./report/sections.ts";
import { judge } from "./report/verdict.ts";
import { type PartResult, runPart } from "./runPart.ts";

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const cloud = await openCloud(options, log);
  if (cloud === undefined) {
    log("nothing was started: the price was not confirmed");
    return 1;
  }
  const results: PartResult[] = [];
  for (const name of options.parts) {
    const surroundings = await watchSurroundings();
    const at = new Date().toISOString();
    const result = await runInTime(name, options, cloud);
    results.push(result);
    const [command, machine] = [options.isMad ? `${name} --mad` : name, describeMachine()];
    const state = "on disk";
    const facts = {
      script: "load",
      command,
      at,
      machine,
      state,
      ...(await surroundings()),
    } as const;
    await report(name, facts, { options, result });
  }
  return results.every((result) => judge(result).problems.length === 0) ? 0 : 1;
};

/** Runs a part within its time, with processes of its own. */
const runInTime = async (
  name: PartName,
  options: Options,
  { ground, local }: NonNullable<Awaited<ReturnType<typeof openCloud>>>,
): Promise<PartResult> => {
  const part = parts[name];
  const lanes = lanesOf(part, options);
  const processes = { driver: startDriver(), observer: startObserver() };
  const late = Promise.withResolvers<never>();
  const msMax = partMsMax + Math.max(...lanes.map(({ rate, count }) => (count / rate) * 1_000));
  const timer = setTimeout(
    () => late.reject(new Error(`${name} took more than ${Math.round(msMax / 60_000)} minutes`)),
    msMax,
  );
  try {
    const run = runPart(name, part, { ground, local, lanes, processes, log });
    return await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timer);
    await processes.driver.stop();
    await processes.observer.stop();
  }
};

/** Prints the report of a part, and writes it to `load/results`. */
const report = async (
  name: PartName,
  facts: Facts,
  { options, result }: { options: Options; result: PartResult },
): Promise<void> => {
  const sections = sectionsOf([result]);
  const json = `${JSON.stringify({ ...facts, ...result, ...judge(result) }, undefined, 2)}\n`;
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  await mkdir(folder, { recursive: true });
  const file = `${folder}${name}${options.isMad ? "-mad" : ""}`;
  await writeFile(`${file}.json`, json);
  await writeFile(`${file}.md`, formatMarkdown(facts, sections));
  const text = `${formatText(facts, sections)}\n`;
  (options.json ? process.stderr : process.stdout).write(text);
  if (options.json) process.stdout.write(json);
};

const runAndStop = async (): Promise<number> => {
  try {
    return await main();
  } finally {
    await stopAll();
  }
};

runToExit(runAndStop, { name: "load", stop: stopAll, log });
