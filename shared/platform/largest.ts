/**
 * The `max` largest counts, largest first. Of equal counts the first name in code point order, so
 * that the same names are reported every time.
 */
export const largest = (counts: ReadonlyMap<string, number>, max: number): [string, number][] =>
  [...counts]
    .filter(([, value]) => value > 0)
    .sort(([name, value], [other, than]) => than - value || (name < other ? -1 : 1))
    .slice(0, max);
