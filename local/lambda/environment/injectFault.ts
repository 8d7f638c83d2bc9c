import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "../../fault/fault.ts";
import { FunctionError } from "../errors.ts";

/** Applies a drill's fault to an invocation. Fails with a `FunctionError` for an injected error. */
export const injectFault = async (
  functionName: string,
  { delayMs, error }: Fault,
): Promise<void> => {
  await wait(delayMs);
  if (error === undefined || Math.random() >= error.share) return;
  const { operations, code: errorType } = error;
  if (operations !== undefined && !operations.some((part) => functionName.includes(part))) return;
  throw new FunctionError({ errorType, errorMessage: "an injected fault" });
};
