import { expect, it } from "vitest";
import { plot } from "../../../bench/report/plot.ts";
import { scaleSection } from "../../../bench/report/scaleSections.ts";
import type { ScaleResult } from "../../../bench/scale/measure/scaleResult.ts";
import { numbersUpTo } from "../../../bench/scale/parts.ts";

const result: ScaleResult = {
  of: "dead <letters>",
  series: [
    { name: "flat", unit: "ms", isPlotted: true },
    { name: "hidden", unit: "s", isPlotted: false },
  ],
  points: [
    { number: 1_000, values: [5, 1] },
    { number: 10_000, values: [5, undefined] },
  ],
  note: "A note.",
};

it("draws a unit whose time does not grow as a flat line, and only what is plotted", () => {
  const svg = plot(result);
  const [, path = ""] = /<polyline points="([^"]*)"/.exec(svg) ?? [];
  const heights = path.split(" ").map((point) => point.split(",")[1]);
  expect(new Set(heights).size).toBe(1);
  expect(heights).toHaveLength(2);
  expect(svg).toContain("flat (ms)");
  expect(svg).not.toContain("hidden");
  expect(svg).toContain("dead &lt;letters&gt;");
});

it("shows every value in the table, and leaves out what was not measured", () => {
  const { headings, rows } = scaleSection(result);
  expect(headings).toEqual(["Dead <letters>", "flat: ms", "hidden: s"]);
  expect(rows).toEqual([
    ["1,000", "5", "1"],
    ["10,000", "5", ""],
  ]);
});

it("measures the numbers of a part up to the largest one, and at least one", () => {
  expect(numbersUpTo("dead-letters", 10_000)).toEqual([1_000, 10_000]);
  expect(numbersUpTo("dead-letters", 1)).toEqual([1_000]);
});
