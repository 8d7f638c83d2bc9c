import { jsonLine, visibleLines } from "../../shared/platform/visibleText.ts";
import type { Paint } from "./style.ts";
import { type Column, table } from "./table.ts";

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Output {
  /** Results are JSON lines: for programs. */
  readonly isJson: boolean;
  readonly paint: Paint;
  /** Writes a list: a table, or one JSON line for each row. `none` says that it is empty. */
  rows<Row>(
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    none: string,
    title?: string,
  ): void;
  /** Writes one result: the text, or the value as a JSON line. */
  result(value: unknown, text: string): void;
  /** Writes a line for a person to standard error, also when results are JSON. */
  note(line: string): void;
}

interface Streams {
  readonly isJson: boolean;
  readonly paint: Paint;
  /** Paints text on standard error. */
  readonly notePaint: Paint;
  readonly lineWidth: () => number;
  readonly write: (text: string) => void;
  readonly writeNote: (text: string) => void;
}

/** Writes for a terminal, or JSON lines. Callers make text of other people visible before. */
export const outputTo = ({
  isJson,
  paint,
  notePaint,
  lineWidth,
  write,
  writeNote,
}: Streams): Output => ({
  isJson,
  paint,
  rows(rows, columns, none, title) {
    if (isJson) {
      for (const row of rows) write(`${jsonLine(row)}\n`);
      return;
    }
    if (title !== undefined) write(`${paint(title, "bold")}\n`);
    write(
      rows.length === 0
        ? `${none}\n`
        : `${table(rows, columns, { lineWidth: lineWidth(), paint })}\n`,
    );
  },
  result(value, text) {
    write(isJson ? `${jsonLine(value)}\n` : `${text}\n`);
  },
  note(line) {
    writeNote(`${notePaint(visibleLines(line), "dim")}\n`);
  },
});
