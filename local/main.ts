import { flushCompileCache } from "node:module";
import { type Cloud, startCloud } from "./cloud.ts";
import { consoleLink } from "./demo/consoleLink.ts";
import { summary } from "./demo/summary.ts";
import { openLog } from "./platform/log.ts";
import { sourceStack } from "./platform/sourceStack.ts";
import { help, parseOptions } from "./start/options.ts";
import { StartError } from "./start/startError.ts";

/** After this time a stop exits the process, whatever still runs. */
const stopMsMax = 4_500;

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return;
  }
  const log = openLog(options.log);
  const starting = startCloud({ ...options, log, onFatalError: exitWithError });
  const stop = () => void stopAfter(starting).catch(exitWithError);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);

  const cloud = await starting;
  const { api, mqtt, state } = cloud;
  const regions = cloud.regions.map(({ region, api, mqtt, control }) => ({
    region,
    api,
    mqtt,
    control,
  }));
  process.stdout.write(`${JSON.stringify({ ready: true, api, mqtt, state, regions })}\n`);
  if (options.log === "json") log("ready", { api, mqtt, state });
  else process.stderr.write(summary(cloud, { ...options, consoleUrl: await consoleLink(cloud) }));
  // Node.js writes them at the exit, which a killed process does not reach.
  flushCompileCache();
};

let stopping = false;

const stopAfter = async (starting: Promise<Cloud>): Promise<never> => {
  stopping = true;
  setTimeout(() => process.exit(0), stopMsMax);
  await starting.then((cloud) => cloud.stop());
  process.exit(0);
};

const exitWithError = (error: unknown): never => {
  // A start that was interrupted may fail; its error is irrelevant.
  if (stopping) process.exit(0);
  process.stderr.write(`godwit: ${reason(error)}\n`);
  process.exit(1);
};

/** Codes of errors whose message is sufficient: ports in use, and disks that are full or broken. */
const plainCodes = /^(EADDRINUSE|ENOSPC|EDQUOT|EIO|EROFS|ERR_SQLITE_ERROR)$/;

/**
 * The text for an error: one line for problems that the operator can fix, the stack trace for bugs.
 */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isPlain =
    error instanceof StartError || ("code" in error && plainCodes.test(String(error.code)));
  return isPlain ? error.message : sourceStack(error.stack ?? error.message);
};

// A log that is redirected to a file on a full disk loses lines. That must not terminate the cloud.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

main().catch(exitWithError);
