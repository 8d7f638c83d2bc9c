import type * as z from "zod";
import { readInput } from "../shared/input/readInput.ts";

/** The settings of a deployment are invalid. The message names each one, and what is allowed. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/**
 * Parses settings of `cdk.json` or `--context`. Fails with a `SettingsError` that has a sentence
 * for each unknown name, with the most similar known one, and for each invalid value.
 */
export const readSettings = <Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): z.output<Schema> => {
  try {
    return readInput(schema, given);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError(reason, { cause });
  }
};
