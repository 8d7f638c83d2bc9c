import { eventFiltersMax, topicSlashesMax } from "../limits.ts";

/** Whole levels of a name that a filter can hold: `events`, the fleet, `+` and `#` take four. */
const levelsMax = topicSlashesMax + 1 - 4;

/**
 * The filters that hear every event whose name begins with one of the prefixes, as few as there can be.
 * None covers another: the broker would send an event once for each. A filter has whole levels, so it may
 * hear more than was asked for.
 */
export const filtersFor = (prefixes: Iterable<string>, fleet: string): string[] => {
  const wanted = [...new Set([...prefixes].map(wholeLevels))];
  const widest = wanted.filter(
    (levels) => !wanted.some((other) => other !== levels && levels.startsWith(other)),
  );
  if (widest.length > eventFiltersMax || widest.includes("")) return [`events/${fleet}/#`];
  return widest.map((levels) => `events/${fleet}/+/${levels}#`).sort();
};

/** `a/b/` of `a/b/c`. */
const wholeLevels = (prefix: string): string =>
  prefix
    .split("/")
    .slice(0, -1)
    .slice(0, levelsMax)
    .map((level) => `${level}/`)
    .join("");
