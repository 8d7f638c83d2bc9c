/** The first values, at most so many. */
export const firstOf = <T>(values: Iterable<T>, count: number): T[] => {
  const found: T[] = [];
  for (const value of values) {
    if (found.length >= count) break;
    found.push(value);
  }
  return found;
};
