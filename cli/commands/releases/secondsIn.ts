import { excerpt } from "../../../shared/platform/visibleText.ts";
import { usageError } from "../../line/commandError.ts";

const units = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 } as const;

const isUnit = (text: string): text is keyof typeof units => Object.hasOwn(units, text);

/** A time such as `90s`, `15min`, `1h` or `1d`, in seconds. `what` names it in the failure. */
export const secondsIn = (what: string, text: string): number => {
  const [, number, unit = "s"] = /^(\d{1,9})([a-z]*)$/.exec(text) ?? [];
  const name = unit === "" ? "s" : unit;
  if (number !== undefined && isUnit(name)) return Number(number) * units[name];
  throw usageError(`${what} must be such as 90s, 15min, 1h or 1d, not ${excerpt(text, 50)}.`);
};
