/**
 * Finds the known name that is most similar to a misspelled one; `undefined` if none is similar
 * enough. The distance counts inserted, removed and replaced letters and swapped neighbors (optimal
 * string alignment). It is not case-sensitive.
 */
export const closestName = (given: string, known: Iterable<string>): string | undefined => {
  const name = given.toLowerCase();
  let closest: { readonly name: string; readonly steps: number } | undefined;
  for (const candidate of known) {
    const stepsMax = Math.max(1, Math.floor(Math.max(candidate.length, name.length) / 3));
    if (Math.abs(candidate.length - name.length) > stepsMax) continue;
    const steps = distance(name, candidate.toLowerCase());
    if (steps <= stepsMax && steps < (closest?.steps ?? Number.POSITIVE_INFINITY)) {
      closest = { name: candidate, steps };
    }
  }
  return closest?.name;
};

const distance = (one: string, other: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped =
        i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(
        Math.min(
          at(row, j) + 1,
          at(next, j - 1) + 1,
          at(row, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return at(row, other.length);
};

const at = (row: readonly number[], index: number): number =>
  row[index] ?? Number.POSITIVE_INFINITY;
