import { InvocationError } from "./invocationError.ts";
import { UsageError } from "./usageError.ts";

/**
 * What to tell whoever typed the command: a bug is shown with its stack; what a person can put right in one line, and
 * so what AWS or the disk says.
 */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isPlain =
    error instanceof UsageError ||
    error instanceof InvocationError ||
    "code" in error ||
    "$metadata" in error;
  if (!isPlain && error.name !== "CredentialsProviderError") return error.stack ?? error.message;
  return error.message || error.name;
};
