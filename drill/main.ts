import { drills } from "./drills.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { written } from "./report.ts";
import { openClouds, runDrill } from "./runDrills.ts";

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const clouds = openClouds(say);

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2), drills);
  if (options === "help") process.stdout.write(`${help}\n`);
  else if (options === "list") process.stdout.write(`${list()}\n`);
  else process.exitCode = (await runAll(options)) ? 0 : 1;
};

const list = (): string =>
  drills.map(({ name, happened }) => `${name}\n    ${happened}`).join("\n");

const runAll = async ({ drills: chosen, form, json }: Options): Promise<boolean> => {
  let allHeld = true;
  try {
    for (const drill of chosen) {
      say(drill.name);
      const report = await runDrill(drill, form, clouds);
      allHeld &&= report.held;
      if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
      (json ? process.stderr : process.stdout).write(`${written(report, drill)}\n\n`);
    }
  } finally {
    await clouds.stop();
  }
  return allHeld;
};

/** What a shell gives who was ended by a signal. */
const codes = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void clouds.stop().finally(() => process.exit(codes[signal])));
}

main()
  .catch((error: unknown) => {
    say(`drill: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  })
  // A drill that was cut short may have left something that would keep this process.
  .finally(() => process.exit());
