/** Formats a table as text: the first column left-aligned, the others right-aligned. */
export const table = (
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  const all = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const [first = "", ...rest] = all.map(line);
  return [first, "-".repeat(first.length), ...rest].join("\n");
};
