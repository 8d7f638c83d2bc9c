import { SettingsError } from "../../infra/readSettings.ts";
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

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  const where = error instanceof SettingsError ? "cdk.json: " : "";
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`cost: ${where}${reason}\n`);
  process.exitCode = 1;
}
