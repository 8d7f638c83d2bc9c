import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLine, readCsv } from "../../../admin/bulk/csv.ts";

describe("CSV", () => {
  it.each([
    [
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "a,b\r\nc,d\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a\rb\r", [["a"], ["b"]]],
    ['"a,b","say ""x"""\n', [["a,b", 'say "x"']]],
    ['""\n\n""', []],
    [
      "a,\n,b\n",
      [
        ["a", ""],
        ["", "b"],
      ],
    ],
    ['"two\r\nlines",x\r\ny', [["two\nlines", "x"], ["y"]]],
  ])("reads %j", (text, fields) => {
    const { records, bad } = readCsv(text);
    expect(bad).toEqual([]);
    expect(records.map((record) => record.fields)).toEqual(fields);
  });

  it("counts the lines inside quoted fields and empty lines", () => {
    const { records } = readCsv('h\n"1\n2\n3"\n\nx\r\n"y"\n');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 6, 7]);
  });

  it("reports each invalid line, and reads the others", () => {
    const { records, bad } = readCsv('h\na"b\nok\n"x"y,z\nfine\n"open\nto the end\n');
    expect(records.map(({ fields }) => fields[0])).toEqual(["h", "ok", "fine"]);
    expect(bad.map(({ line }) => line)).toEqual([2, 4, 6]);
  });

  it("reads what it writes", () => {
    const field = fc.string().map((text) => text.replace(/\r/g, ""));
    fc.assert(
      fc.property(fc.array(field, { minLength: 2, maxLength: 4 }), (fields) => {
        expect(readCsv(csvLine(fields)).records).toEqual([{ line: 1, fields }]);
      }),
    );
  });
});
