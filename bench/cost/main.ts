import { SettingsError } from "../../infra/readSettings.ts";
import { stopAll } from "../system/cleanup.ts";
import { runToExit } from "../system/runToExit.ts";
import { estimate } from "./estimate/estimate.ts";
import { idleResources } from "./estimate/idleResources.ts";
import { costHelp, parseCostOptions } from "./estimate/options.ts";
import { jsonOfEstimate, textOfEstimate } from "./estimate/report.ts";
import { synthesizeTemplates } from "./estimate/templates.ts";

const run = async (args: readonly string[]): Promise<string> => {
  const options = parseCostOptions(args);
  if (options === "help") return costHelp;
  const { stacks, size } = await synthesizeTemplates(options.regions, options.size);
  const made = estimate(options, idleResources(stacks));
  if (options.json) return jsonOfEstimate(made, options);
  return textOfEstimate(made, options, size);
};

const main = async (): Promise<number> => {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
  return 0;
};

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const messageOf = (error: unknown): string | undefined =>
  error instanceof SettingsError ? `cdk.json: ${error.message}` : undefined;

runToExit(main, { name: "cost", stop: stopAll, log, messageOf });
