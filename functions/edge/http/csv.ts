/** A value of a table. `undefined` is an empty field. */
export type Cell = string | number | boolean | undefined;

/** A reply of comma-separated values. */
export class Csv {
  readonly text: string;
  readonly fileName: string;
  /** The cursor of the next page, for the header `X-Next-Cursor`. */
  readonly cursor: string | undefined;

  constructor(
    { columns, rows }: { columns: readonly string[]; rows: readonly (readonly Cell[])[] },
    { fileName, cursor }: { fileName: string; cursor?: string | undefined },
  ) {
    this.text = [columns, ...rows].map(line).join("");
    this.fileName = fileName;
    this.cursor = cursor;
  }
}

/** One row. RFC 4180. */
const line = (cells: readonly Cell[]): string => `${cells.map(field).join(",")}\r\n`;

/**
 * A field; in quotes if it needs them. A text that a spreadsheet would run as a formula begins with
 * an apostrophe.
 */
const field = (cell: Cell): string => {
  if (cell === undefined) return "";
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
