import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { operationsReply } from "#shared/routes/operationsRoutes.ts";
import type { Options } from "../admin/command.ts";
import { messageOf } from "../admin/messageOf.ts";
import { UsageError } from "../admin/usageError.ts";
import { statusText } from "./statusText.ts";

const help = `Shows the state of a deployment in all regions (docs/operations.md): components, firing alarms, queues, ledger,
pages, self-tests, heartbeats, canaries, incidents and the last drill.

npm run status -- [options]

Selection of the cloud:
  --state DIR      state folder of a cloud on this machine (or STATE in the environment)
  --region NAME    region that is asked (default: the first one of --state, or as for the AWS command line)

  --json           print the JSON of GET /v1/operations
  --help           print this text

The exit code is 0 for a healthy deployment, 1 if there is a problem or a source does not answer, and 2 if the command
is wrong.`;

/** Asks the watcher for the state of the deployment. */
type Ask = (options: Options) => Promise<unknown>;

/** The text for standard output, and the exit code. */
export interface Shown {
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** Runs the command line. Fails with a `UsageError`. */
export const run = async (args: readonly string[], ask: Ask): Promise<Shown> => {
  const options = read(args);
  if (options.help === true) return { text: help, exitCode: 0 };
  const answer = await ask(options);
  const parsed = operationsReply.safeParse(answer);
  const exitCode = parsed.success && parsed.data.problems.length === 0 ? 0 : 1;
  if (options.json === true) return { text: JSON.stringify(answer, null, 2), exitCode };
  if (!parsed.success) {
    throw new Error(
      "The cloud has another version than this command: print its answer with --json.",
    );
  }
  return { text: statusText(parsed.data), exitCode };
};

const known = {
  state: { type: "string" },
  region: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const read = (args: readonly string[]) => {
  try {
    return parseWith(known, () => parseArgs({ args: [...args], options: known })).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
};
