import { describe, expect, it } from "vitest";
import { type Facts, formatMarkdown, formatText } from "../../../bench/report/section.ts";

const facts: Facts = {
  command: "memory",
  at: "2026-11-29T12:00:00Z",
  machine: { cores: 2, processor: "Fast One", memoryGb: 24, node: "24.1.0" },
  state: "on disk",
  load: [0.25, 3],
  otherCores: 0.42,
  others: ["esbuild (0.31 cores)"],
};

const section = {
  headings: ["System", "p50 ms"],
  rows: [["a|b", "4.2"]],
  note: Array.from({ length: 60 }, (_, i) => `word${i}`).join(" "),
};

describe.each([
  ["text", formatText],
  ["Markdown", formatMarkdown],
])("a report as %s", (_, format) => {
  const report = format(facts, [section]);

  it("names the date, the machine, its load and the other processes", () => {
    const line = report.replaceAll("\n", " ");
    expect(line).toContain("Measured on 2026-11-29 with `npm run bench -- memory`");
    expect(line).toContain("2 cores of Fast One, 24 GB, Node.js 24.1.0, state on disk");
    expect(line).toContain("Load average 0.3 before and 3.0 after");
    expect(line).toContain("other processes used 0.4 cores, for example esbuild (0.31 cores)");
  });

  it("breaks long notes", () => {
    const note = report.slice(report.indexOf("word0"));
    expect(note.trim().split(/\s+/)).toHaveLength(60);
    expect(Math.max(...note.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
  });
});

it("is a table in Markdown, with escaped cells", () => {
  expect(formatMarkdown(facts, [section])).toContain(
    "| System | p50 ms |\n|---|---|\n| a\\|b | 4.2 |\n",
  );
});
