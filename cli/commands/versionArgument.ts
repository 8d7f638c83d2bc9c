import { excerpt } from "../../shared/platform/visibleText.ts";
import type { Input } from "../line/command.ts";
import { usageError } from "../line/commandError.ts";

const versionMax = 65_535;

/** The argument `VERSION`: the number of a firmware version. */
export const versionArgument = (input: Input): number => {
  const given = input.needed("VERSION");
  const number = Number(given);
  if (/^\d{1,5}$/.test(given) && number >= 1 && number <= versionMax) return number;
  throw usageError(
    `VERSION must be the number of a firmware version, from 1 to ${versionMax}, not ${excerpt(given, 50)}.`,
  );
};
