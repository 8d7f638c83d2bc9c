import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handledIds } from "../../../../local/lambda/eventSource/batchResponse.ts";

const ids = ["a", "b", "c"];
const failures = (...failed: unknown[]): string =>
  JSON.stringify({ batchItemFailures: failed.map((id) => ({ itemIdentifier: id })) });

describe("a batch", () => {
  it.each([
    ["an empty list", failures()],
    ["a list that is null", '{"batchItemFailures":null}'],
    ["an empty object", "{}"],
    ["null", "null"],
  ])("is handled completely when the function returns %s", (_, answer) => {
    expect(handledIds(answer, ids)).toEqual(ids);
  });

  it.each([
    ["no JSON", "{"],
    ["another type", '"ok"'],
    ["an empty id", failures("a", "")],
    ["an id that is null", failures(null)],
    ["an id that was not in the batch", failures("a", "d")],
    ["an item with a key of another name", '{"batchItemFailures":[{"id":"a"}]}'],
  ])("fails completely when the function returns %s", (_, answer) => {
    expect(handledIds(answer, ids)).toEqual([]);
  });

  it("fails partially for exactly the messages that the function names", () => {
    fc.assert(
      fc.property(fc.subarray(ids), (failed) => {
        expect(handledIds(failures(...failed), ids)).toEqual(
          ids.filter((id) => !failed.includes(id)),
        );
      }),
    );
  });
});
