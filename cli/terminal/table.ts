import stringWidth from "string-width";
import { visible } from "../../shared/platform/visibleText.ts";
import { type Color, type Paint, paintOff } from "./style.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | boolean | null | undefined;
  readonly align?: "right";
  readonly color?: (row: Row) => Color | undefined;
}

const gap = "  ";
/** A column is not narrowed below this. */
const columnWidthMin = 6;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Each character takes one column. Counting the others is 20 times slower. */
const printable = /^[ -~]*$/;

/** Columns of a terminal that a text takes: 2 for a wide character. */
export const widthOf = (text: string): number =>
  printable.test(text) ? text.length : stringWidth(text);

/** Cuts a text at a width, with a mark where it was cut. */
export const cutAt = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const more = widthOf(segment);
    if (used + more > width - 1) break;
    cut += segment;
    used += more;
  }
  return `${cut}…`;
};

const textOf = (value: string | number | boolean | null | undefined): string => {
  if (value === undefined || value === null || value === "") return "-";
  return visible(String(value));
};

/** Narrows the widest columns until a line fits. */
const fitted = (natural: readonly number[], lineWidth: number): number[] => {
  const widths = [...natural];
  const total = () => widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
  while (total() > lineWidth) {
    const widest = Math.max(...widths);
    if (widest <= columnWidthMin) break;
    const second = Math.max(columnWidthMin, ...widths.filter((width) => width < widest));
    const many = widths.filter((width) => width === widest).length;
    const less = Math.max(1, Math.min(widest - second, Math.ceil((total() - lineWidth) / many)));
    for (const [index, width] of widths.entries()) {
      if (width === widest) widths[index] = Math.max(columnWidthMin, width - less);
    }
  }
  return widths;
};

/**
 * A table with headings that fits into `lineWidth` columns of a terminal. Cells are made visible,
 * so hostile text cannot break it.
 */
export const table = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { lineWidth, paint = paintOff }: { lineWidth: number; paint?: Paint },
): string => {
  const cells = rows.map((row) => columns.map(({ of }) => textOf(of(row))));
  const widths = fitted(
    columns.map(({ title }, i) =>
      cells.reduce((most, row) => Math.max(most, widthOf(row[i] ?? "")), widthOf(title)),
    ),
    lineWidth,
  );
  const padded = (text: string, i: number): string => {
    const cut = cutAt(text, widths[i] ?? 0);
    const spaces = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cut)));
    if (columns[i]?.align === "right") return spaces + cut;
    return i === columns.length - 1 ? cut : cut + spaces;
  };
  const head = columns.map(({ title }, i) => padded(title, i)).join(gap);
  const lines = rows.map((row, r) =>
    columns
      .map(({ color }, i) => {
        const cell = padded(cells[r]?.[i] ?? "", i);
        const chosen = color?.(row);
        return chosen === undefined ? cell : paint(cell, chosen);
      })
      .join(gap)
      .trimEnd(),
  );
  return [paint(head.trimEnd(), "dim"), ...lines].join("\n");
};
