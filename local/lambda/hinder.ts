import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "../fault/fault.ts";
import { FunctionError } from "./functionError.ts";

/** Does to an invocation what a drill asked for. Fails with a `FunctionError` that the function is not to blame for. */
export const hinder = async (functionName: string, { delayMs, error }: Fault): Promise<void> => {
  await wait(delayMs);
  if (error === undefined || Math.random() >= error.share) return;
  const { operations, code: errorType } = error;
  if (operations !== undefined && !operations.some((part) => functionName.includes(part))) return;
  throw new FunctionError({ errorType, errorMessage: "a fault made on purpose" });
};
