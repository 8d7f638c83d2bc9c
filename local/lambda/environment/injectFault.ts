import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "../../fault/fault.ts";
import { FunctionError } from "../errors.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";

/**
 * Applies a drill's fault to an invocation. Fails with a `FunctionError` for an injected error, and
 * for a delay that exceeds the timeout of the function: it hangs.
 */
export const injectFault = async (
  { name, timeoutSeconds }: Pick<FunctionConfig, "name" | "timeoutSeconds">,
  { delayMs, error, functions }: Fault,
): Promise<void> => {
  const isNamed = (parts: readonly string[] | undefined): boolean =>
    parts === undefined || parts.some((part) => name.includes(part));
  if (!isNamed(functions)) return;
  await wait(Math.min(delayMs, timeoutSeconds * 1_000));
  if (delayMs > timeoutSeconds * 1_000) {
    const errorMessage = `Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    throw new FunctionError({ errorType: "Sandbox.Timedout", errorMessage });
  }
  if (error === undefined || Math.random() >= error.share || !isNamed(error.operations)) return;
  throw new FunctionError({ errorType: error.code, errorMessage: "an injected fault" });
};
