import { stopAll } from "../bench/system/cleanup.ts";
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

/** Exit codes that shells use for signals. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

for (const [signal, code] of Object.entries(exitCodes)) {
  process.once(signal, () => {
    log("stopping");
    void stopAll().finally(() => process.exit(code));
  });
}

main().then(
  (code) => process.exit(code),
  async (error: unknown) => {
    process.stderr.write(`fleet: ${error instanceof Error ? error.message : String(error)}\n`);
    await stopAll();
    process.exit(1);
  },
);
