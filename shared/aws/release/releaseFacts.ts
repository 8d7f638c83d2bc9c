import { type Fact, factKey, fact as schema } from "../../release/model/fact.ts";
import type { ReleaseFacts } from "../../release/releaseFacts.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const pkOf = (release: string): string => `facts#${release}`;

/** Facts in the global table of firmware: a row each, which only its region writes, once. */
export const dynamoReleaseFacts = (db: Tables, table: string): ReleaseFacts => ({
  async list(release) {
    const found: Fact[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :release",
      ExpressionAttributeValues: { ":release": pkOf(release) },
      ConsistentRead: true,
    });
    for await (const { Items } of pages) {
      found.push(...Items.map(({ fact }) => schema.parse(JSON.parse(String(fact)))));
    }
    return found;
  },

  async add(fact) {
    await isConditionMet(
      db.put({
        TableName: table,
        Item: { pk: pkOf(fact.release), sk: factKey(fact), fact: JSON.stringify(fact) },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  },
});
