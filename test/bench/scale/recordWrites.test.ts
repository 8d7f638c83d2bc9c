import { expect, it } from "vitest";
import { recordWrites } from "../../../bench/scale/model/recordWrites.ts";

const put = (sk: string, size = 10) => ({
  TableName: "t",
  Item: { pk: "a", sk, data: "x".repeat(size) },
});

it("adds up the writes of a key, in units of a started kilobyte", async () => {
  const { tables, weigh, written } = recordWrites();
  await weigh({ perSecond: 2 }, () => tables.put(put("1")));
  await weigh({ perSecond: 3 }, () => tables.put(put("2", 1_500)));
  expect(written()).toMatchObject([{ key: "a", writes: 5, units: 2 * 1 + 3 * 2 }]);
});

it("knows rows in the order of time, whose partition DynamoDB cannot divide", async () => {
  const { tables, weigh, written } = recordWrites();
  const time = String(Date.UTC(2026, 11, 1)).padStart(15, "0");
  for (const [pk, ...sks] of [
    ["timed", `${time}#1`],
    ["prefixed", `bucket#${time}#eu-west-1`],
    ["one", "row"],
    ["spread", "a", "b"],
  ]) {
    for (const sk of sks) {
      const Item = { pk, sk };
      await weigh({ perSecond: 1 }, () => tables.put({ TableName: "t", Item }));
    }
  }
  expect(written().map(({ key, order }) => [key, order])).toEqual([
    ["timed", "by time"],
    ["prefixed", "by time"],
    ["one", "one row"],
    ["spread", "spread"],
  ]);
});

it("counts what updates add to a row, not only the last one", async () => {
  const { tables, weigh, written } = recordWrites();
  for (const name of ["s0", "s1", "s2"]) {
    await weigh({ perSecond: 1 }, () =>
      tables.update({
        TableName: "t",
        Key: { pk: "a", sk: "b" },
        UpdateExpression: "SET #slice = :counts",
        ExpressionAttributeNames: { "#slice": name },
        ExpressionAttributeValues: { ":counts": "x".repeat(1_000) },
      }),
    );
  }
  // One, two and three kilobytes.
  expect(written()[0]?.units).toBe(1 + 2 + 3);
});
