import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { stopAll } from "../bench/system/cleanup.ts";
import { runToExit } from "../bench/system/runToExit.ts";
import { ministack } from "./emulator/ministack.ts";
import { moto } from "./emulator/moto.ts";
import { install } from "./install.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { formatReport, formatSection, replaceSection } from "./report.ts";
import { type EmulatorReport, runEmulator } from "./run.ts";

const kinds = [ministack, moto];
const document = fileURLToPath(new URL("../docs/aws.md", import.meta.url));

const progress = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(`${help}\n`);
  else if (options === "list") process.stdout.write(`${list()}\n`);
  else return await runAndStop(options);
  return 0;
};

const runAndStop = async (options: Options): Promise<number> => {
  try {
    return (await run(options)) ? 0 : 1;
  } finally {
    await stopAll();
  }
};

const list = (): string =>
  kinds
    .flatMap(({ title, differences }) =>
      differences.map(({ what, reason }) => `${title}: ${what}\n    ${reason}`),
    )
    .join("\n");

const run = async ({ emulators, shouldWrite }: Options): Promise<boolean> => {
  const { bin, versions } = await install(progress);
  const reports: EmulatorReport[] = [];
  for (const kind of kinds.filter(({ name }) => emulators.includes(name))) {
    const report = await runEmulator(kind, { bin, progress });
    process.stdout.write(`${formatReport(report)}\n\n`);
    reports.push(report);
  }
  const isExplained = reports.every(({ unknown }) => unknown.length === 0);
  if (shouldWrite && isExplained) {
    const section = formatSection(reports, versions, new Date());
    await writeFile(document, replaceSection(await readFile(document, "utf8"), section));
  }
  return isExplained;
};

runToExit(main, { name: "conform", stop: stopAll, log: progress });
