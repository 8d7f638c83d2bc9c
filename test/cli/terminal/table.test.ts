import { describe, expect, it } from "vitest";
import { cutAt, table, widthOf } from "../../../cli/terminal/table.ts";

interface Row {
  readonly name: string;
  readonly count: number;
}
const columns = [
  { title: "NAME", of: ({ name }: Row) => name },
  { title: "COUNT", of: ({ count }: Row) => count, align: "right" as const },
  { title: "END", of: () => "|" },
];

const lines = (rows: readonly Row[], lineWidth = 120): string[] =>
  table(rows, columns, { lineWidth }).split("\n");

describe("table", () => {
  it("aligns wide characters, emoji and combining marks", () => {
    const rows = ["lamp", "温度センサー", "👩‍👩‍👧 home", "e\u0301te\u0301", "ＦＵＬＬ"].map(
      (name) => ({ name, count: 7 }),
    );
    const ends = lines(rows)
      .slice(1)
      .map((line) => widthOf(line));
    expect(new Set(ends).size).toBe(1);
  });

  it("keeps one line for each row, whatever a name contains", () => {
    const rows = ["a\nb", "\u001b[2J", "\u202eevil", "x".repeat(5_000)].map((name) => ({
      name,
      count: 1,
    }));
    const shown = lines(rows, 60);
    expect(shown).toHaveLength(5);
    for (const line of shown) expect(widthOf(line)).toBeLessThanOrEqual(60);
    expect(shown.slice(1).every((line) => line.endsWith("|"))).toBe(true);
  });

  it("fits a narrow terminal as far as possible", () => {
    expect(lines([{ name: "a long name of a device", count: 12 }], 20)[1]).toBe(
      "a long …     12  |",
    );
  });

  it("shows a missing value as a dash", () => {
    expect(lines([{ name: "", count: 0 }])[1]).toMatch(/^- .* 0 /);
  });

  it("cuts between whole characters", () => {
    expect(cutAt("温度温度", 5)).toBe("温度…");
    expect(cutAt("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  });
});
