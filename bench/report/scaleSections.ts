import type { ScaleResult } from "../scale/measure/scaleResult.ts";
import type { Section } from "./section.ts";
import { count } from "./units.ts";

const cellOf = (value: number | undefined): string => {
  if (value === undefined) return "";
  return value >= 100 ? count(value) : String(Number(value.toPrecision(2)));
};

/** The table of a measurement: a row for each number. */
export const scaleSection = ({ of, series, points, note }: ScaleResult): Section => ({
  headings: [
    `${of.slice(0, 1).toUpperCase()}${of.slice(1)}`,
    ...series.map(({ name, unit }) => `${name}: ${unit}`),
  ],
  rows: points.map(({ number, values }) => [count(number), ...values.map(cellOf)]),
  note,
});
