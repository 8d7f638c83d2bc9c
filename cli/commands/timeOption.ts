import { time } from "../../shared/input/time.ts";
import { excerpt } from "../../shared/platform/visibleText.ts";
import type { Input } from "../line/command.ts";
import { usageError } from "../line/commandError.ts";

/** An option with a time, as ISO 8601. */
export const timeOption = (input: Input, option: string): string | undefined => {
  const given = input.text(option);
  if (given === undefined) return undefined;
  const { success, data } = time.safeParse(given);
  if (success) return new Date(data).toISOString();
  throw usageError(
    `--${option} must be a time such as 2026-01-31T12:00:00Z or 2026-01-31, not ${excerpt(given, 50)}.`,
  );
};
