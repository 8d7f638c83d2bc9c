import fc from "fast-check";
import { expect, it } from "vitest";
import * as z from "zod";
import { openTableEngine } from "../../../local/dynamodb/engine.ts";
import { parseCondition } from "../../../local/dynamodb/expression/condition.ts";
import { meets } from "../../../local/dynamodb/expression/evaluate.ts";
import { placeholdersOf } from "../../../local/dynamodb/expression/placeholders.ts";
import { assertItem, type Item } from "../../../local/dynamodb/value/attributeValue.ts";
import {
  addNumbers,
  compareNumbers,
  normalizeNumber,
  numberKey,
  subtractNumbers,
} from "../../../local/dynamodb/value/decimal.ts";

/** A number with up to 12 digits on each side of the point, as text and as a multiple of 1E-12. */
const decimal = fc
  .tuple(fc.bigInt(-(10n ** 24n), 10n ** 24n), fc.nat(12))
  .map(([digits, places]) => {
    const scaled = digits * 10n ** BigInt(12 - places);
    return { text: `${digits}E-${places}`, scaled };
  });

it("numbers are added, subtracted and ordered exactly", () => {
  fc.assert(
    fc.property(decimal, decimal, (one, other) => {
      const [a, b] = [normalizeNumber(one.text), normalizeNumber(other.text)];
      const exact = (scaled: bigint) => normalizeNumber(`${scaled}E-12`);
      expect(addNumbers(a, b)).toBe(exact(one.scaled + other.scaled));
      expect(subtractNumbers(a, b)).toBe(exact(one.scaled - other.scaled));
      const order = one.scaled === other.scaled ? 0 : one.scaled < other.scaled ? -1 : 1;
      expect(Math.sign(compareNumbers(a, b))).toBe(order);
      expect(Buffer.compare(numberKey(a), numberKey(b))).toBe(order);
    }),
    { numRuns: 500 },
  );
});

const attribute = fc.constantFrom("a", "b", "c");
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((n) => ({ N: String(n) })),
  fc.constantFrom("", "x", "xy", "é", "😀").map((text) => ({ S: text })),
  fc.boolean().map((flag) => ({ BOOL: flag })),
);
const item = fc.dictionary(attribute, value).map((given): Item => {
  assertItem(given);
  return given;
});

interface Rule {
  readonly text: string;
  readonly matches: (item: Item) => boolean;
}

const raw = (found: object | undefined) =>
  found === undefined ? undefined : Object.entries(found)[0];

const compared = fc
  .tuple(
    attribute,
    fc.constantFrom("=", "<>", "<", "<=", ">", ">="),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(
    ([name, comparator, n]): Rule => ({
      text: `${name} ${comparator} :n${n < 0 ? "m" : ""}${Math.abs(n)}`,
      matches(given) {
        const found = raw(given[name]);
        const isNumber = found?.[0] === "N";
        const have = Number(found?.[1]);
        if (comparator === "=") return isNumber && have === n;
        if (comparator === "<>") return !(isNumber && have === n);
        if (!isNumber) return false;
        if (comparator === "<") return have < n;
        if (comparator === "<=") return have <= n;
        return comparator === ">" ? have > n : have >= n;
      },
    }),
  );
const existence = fc.tuple(attribute, fc.boolean()).map(
  ([name, isWanted]): Rule => ({
    text: `attribute_${isWanted ? "" : "not_"}exists(${name})`,
    matches: (given) => (given[name] !== undefined) === isWanted,
  }),
);
const rule = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    compared,
    existence,
    fc.tuple(tie("rule"), tie("rule"), fc.boolean()).map(
      ([one, other, isAnd]): Rule => ({
        text: `(${one.text}) ${isAnd ? "and" : "OR"} (${other.text})`,
        matches: (given) =>
          isAnd
            ? one.matches(given) && other.matches(given)
            : one.matches(given) || other.matches(given),
      }),
    ),
    tie("rule").map(
      (one): Rule => ({ text: `NOT (${one.text})`, matches: (given) => !one.matches(given) }),
    ),
  ),
})).rule;

const numbers = Object.fromEntries(
  [-3, -2, -1, 0, 1, 2, 3].map((n) => [`:n${n < 0 ? "m" : ""}${Math.abs(n)}`, { N: String(n) }]),
);

it("a condition is met as a naive evaluation says", () => {
  fc.assert(
    fc.property(item, rule, (given, { text, matches }) => {
      const placeholders = placeholdersOf({ ExpressionAttributeValues: numbers }, { text });
      const condition = parseCondition("ConditionExpression", text, placeholders);
      expect(meets(given, condition)).toBe(matches(given));
    }),
    { numRuns: 500 },
  );
});

const page = z.object({
  Items: z.array(z.object({ pk: z.object({ S: z.string() }), sk: z.object({ N: z.string() }) })),
  LastEvaluatedKey: z.unknown().optional(),
});

interface ModelRow {
  readonly pk: string;
  readonly sk: number;
  readonly owner: string | undefined;
}

const partition = fc.constantFrom("p", "q");
const sortKey = fc.integer({ min: -6, max: 6 }).map((n) => n / 2);
const owner = fc.constantFrom("ann", "bob", undefined);
const step = fc.oneof(
  fc.record({ do: fc.constant("put"), pk: partition, sk: sortKey, owner }),
  fc.record({ do: fc.constant("delete"), pk: partition, sk: sortKey }),
  fc.record({
    do: fc.constant("move"),
    pk: partition,
    sk: sortKey,
    owner: fc.constantFrom("ann", "bob"),
  }),
);
const question = fc.record({
  index: fc.boolean(),
  range: fc.constantFrom(
    "",
    "= :low",
    "< :high",
    "<= :high",
    "> :low",
    ">= :low",
    "BETWEEN :low AND :high",
  ),
  bounds: fc
    .tuple(sortKey, sortKey)
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const),
  isForward: fc.boolean(),
  limit: fc.integer({ min: 1, max: 4 }),
});

const create = {
  TableName: "rows",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "N" },
    { AttributeName: "owner", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byOwner",
      KeySchema: [
        { AttributeName: "owner", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
  ],
};

const TableName = "rows";
const keyOf = ({ pk, sk }: Pick<ModelRow, "pk" | "sk">) => ({
  pk: { S: pk },
  sk: { N: String(sk) },
});

it("a query returns the rows that a naive model has, page by page", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), question, async (steps, asked) => {
      const engine = openTableEngine({ region: "us-east-1" });
      await engine.execute("CreateTable", create);
      const model = new Map<string, ModelRow>();
      for (const one of steps) {
        const { pk, sk } = one;
        const id = `${pk} ${sk}`;
        const next = "owner" in one ? one.owner : undefined;
        const row = { pk, sk, owner: next };
        if (one.do === "put") {
          const Item = { ...keyOf(one), ...(next !== undefined && { owner: { S: next } }) };
          await engine.execute("PutItem", { TableName, Item });
          model.set(id, row);
        } else if (one.do === "delete") {
          await engine.execute("DeleteItem", { TableName, Key: keyOf(one) });
          model.delete(id);
        } else {
          await engine.execute("UpdateItem", {
            TableName,
            Key: keyOf(one),
            UpdateExpression: "SET #owner = :owner",
            ExpressionAttributeNames: { "#owner": "owner" },
            ExpressionAttributeValues: { ":owner": { S: next } },
          });
          model.set(id, row);
        }
      }
      const [low, high] = asked.bounds;
      const inRange = (sk: number): boolean => {
        if (asked.range === "") return true;
        if (asked.range.startsWith("=")) return sk === low;
        if (asked.range.startsWith("BETWEEN")) return sk >= low && sk <= high;
        if (asked.range === "< :high") return sk < high;
        if (asked.range === "<= :high") return sk <= high;
        return asked.range === "> :low" ? sk > low : sk >= low;
      };
      const expected = [...model.values()]
        .filter((row) => (asked.index ? row.owner === "ann" : row.pk === "p") && inRange(row.sk))
        .sort((one, other) => one.sk - other.sk || (one.pk < other.pk ? -1 : 1))
        .map(({ pk, sk }) => `${pk} ${sk}`);
      const bounds = { ":low": { N: String(low) }, ":high": { N: String(high) } };
      const used = Object.entries(bounds).filter(([name]) => asked.range.includes(name));
      const found: string[] = [];
      let from: unknown;
      do {
        const answer = page.parse(
          await engine.execute("Query", {
            TableName,
            ...(asked.index && { IndexName: "byOwner" }),
            KeyConditionExpression: `#pk = :pk${asked.range && ` AND sk ${asked.range}`}`,
            ExpressionAttributeNames: { "#pk": asked.index ? "owner" : "pk" },
            ExpressionAttributeValues: {
              ":pk": { S: asked.index ? "ann" : "p" },
              ...Object.fromEntries(used),
            },
            ScanIndexForward: asked.isForward,
            Limit: asked.limit,
            ExclusiveStartKey: from,
          }),
        );
        found.push(...answer.Items.map(({ pk, sk }) => `${pk.S} ${sk.N}`));
        from = answer.LastEvaluatedKey;
      } while (from !== undefined);
      engine.close();
      expect(found).toEqual(asked.isForward ? expected : expected.reverse());
    }),
    { numRuns: 100 },
  );
});
