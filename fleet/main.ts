import { stopAll } from "../bench/system/cleanup.ts";
import { runToExit } from "../bench/system/runToExit.ts";
import { openCloud } from "./cloud.ts";
import { help, parseOptions } from "./options.ts";
import { formatBooks, isBalanced } from "./report.ts";
import { runFleet } from "./run.ts";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  if (options.cloud === undefined) log("starts a cloud");
  const cloud = await openCloud(options.cloud);
  try {
    const result = await runFleet(cloud, options, log);
    const json = JSON.stringify(result, undefined, 2);
    process.stdout.write(`${options.json ? json : formatBooks(result)}\n`);
    return isBalanced(result.books) ? 0 : 1;
  } finally {
    await cloud.stop();
  }
};

const runAndStop = async (): Promise<number> => {
  try {
    return await main();
  } finally {
    await stopAll();
  }
};

runToExit(runAndStop, { name: "fleet", stop: stopAll, log });
