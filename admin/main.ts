import { askPassword } from "./askPassword.ts";
import { InvocationError } from "./invocationError.ts";
import { run } from "./run.ts";
import { UsageError } from "./usageError.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A bug is shown with its stack; what a person can put right in one line, and so what AWS or the disk says. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isPlain =
    error instanceof UsageError ||
    error instanceof InvocationError ||
    "code" in error ||
    "$metadata" in error;
  if (!isPlain && error.name !== "CredentialsProviderError") return error.stack ?? error.message;
  return error.message || error.name;
};

try {
  const needs = { environment: process.env, askPassword, say };
  process.stdout.write(`${await run(process.argv.slice(2), needs)}\n`);
} catch (error) {
  say(`godwit: ${reason(error)}`);
  process.exitCode = 1;
}
