import { describe, expect, it } from "vitest";
import { selectRange } from "../../../../local/dynamodb/store/rows.ts";

const bytes = (text: string) => Buffer.from(text);
const key = (sk: string) => ({ pk: bytes("p"), sk: bytes(sk) });
const within = {
  from: { bytes: bytes("b"), isIncluded: true },
  to: { bytes: bytes("y"), isIncluded: true },
};

/** The conditions of a range, with their values. */
const conditionsOf = (range: Parameters<typeof selectRange>[1]): string[] => {
  const { sql, values } = selectRange("t", range);
  const [, where = ""] = /WHERE (.*) ORDER/.exec(sql) ?? [];
  const left = values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : "",
  );
  return where.replaceAll("?", () => left.shift() ?? "").split(" AND ");
};

// With two conditions on one end of a range, SQLite begins at the first one and reads every row up
// to the other one: each page would read all pages before it.
describe("a page that begins after a row", () => {
  it("has one bound at each end, in both directions", () => {
    expect(conditionsOf({ pk: bytes("p"), ...within, after: { key: key("m") } })).toEqual([
      "pk = p",
      "sk > m",
      "sk <= y",
    ]);
    const reversed = { pk: bytes("p"), ...within, after: { key: key("m") }, isReversed: true };
    expect(conditionsOf(reversed)).toEqual(["pk = p", "sk >= b", "sk < m"]);
  });

  it("keeps the end of the range if the row is beyond it", () => {
    const range = { pk: bytes("p"), ...within, after: { key: key("z") }, isReversed: true };
    expect(conditionsOf(range)).toEqual(["pk = p", "sk >= b", "sk <= y"]);
    const excluded = { ...within, from: { bytes: bytes("b"), isIncluded: false } };
    expect(conditionsOf({ pk: bytes("p"), ...excluded, after: { key: key("b") } })).toEqual([
      "pk = p",
      "sk > b",
      "sk <= y",
    ]);
  });

  it("of an index begins at its sort key, among the rows with the same one", () => {
    const after = { key: key("k"), indexKey: key("m") };
    expect(conditionsOf({ index: 0, pk: bytes("p"), ...within, after })).toEqual([
      "pk0 = p",
      "sk0 >= m",
      "sk0 <= y",
      "(sk0,pk,sk) > (m,p,k)",
    ]);
  });

  it("of a whole table begins after the row", () => {
    expect(conditionsOf({ after: { key: key("m") } })).toEqual(["(pk,sk) > (p,m)"]);
  });
});
