import { runToExit } from "../bench/system/runToExit.ts";
import { drills } from "./drills.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { recordResult } from "./recordResult.ts";
import { formatReport } from "./report.ts";
import { createCloudPool, runDrill } from "./runDrills.ts";

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const clouds = createCloudPool(log);
/** A person has ended the drills: no further one starts, and the aborted one has no result. */
const interruption = new AbortController();

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2), drills);
  if (options === "help") process.stdout.write(`${help}\n`);
  else if (options === "list") process.stdout.write(`${list()}\n`);
  else return (await runAll(options)) ? 0 : 1;
  return 0;
};

const list = (): string =>
  drills.map(({ name, incident }) => `${name}\n    ${incident}`).join("\n");

const runAll = async ({ drills: chosen, form, json, record }: Options): Promise<boolean> => {
  let allPassed = true;
  try {
    for (const drill of chosen) {
      log(drill.name);
      const report = await runDrill(drill, form, clouds);
      if (interruption.signal.aborted) return false;
      allPassed &&= report.passed;
      if (record) recordResult(report, drill);
      if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
      (json ? process.stderr : process.stdout).write(`${formatReport(report, drill)}\n\n`);
    }
  } finally {
    await clouds.stop();
  }
  return allPassed;
};

const stop = async (): Promise<void> => {
  interruption.abort();
  await clouds.stop();
};

runToExit(main, { name: "drill", stop, log });
