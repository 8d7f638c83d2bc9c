import { jsonLine, visible } from "#shared/platform/visibleText.ts";

/** Users choose many of the texts: none of them controls the terminal. */
const cell = (value: unknown): string => {
  if (value === undefined || value === null) return "-";
  return typeof value === "object" ? jsonLine(value) : visible(String(value));
};

/** Formats rows as a table with headings. The columns are the members of the first row. */
export const table = (rows: readonly object[]): string => {
  const [first] = rows;
  if (first === undefined) return "(none)";
  const columns = Object.keys(first);
  const cells = rows.map((row) => {
    const members = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => cell(members.get(column)));
  });
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.toUpperCase())), ...cells.map(line)].join("\n");
};
