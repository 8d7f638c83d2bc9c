import {
  type DeadLetterKey,
  type DeadLetters,
  deadLetterKeyOf,
  deadLetter as schema,
} from "../../delivery/deadLetter.ts";
import { deadLetterDays } from "../../delivery/limits.ts";
import { daySeconds } from "../../platform/durations.ts";
import type { Tables } from "../call/tables.ts";
import { deleteRows, sortableTime } from "../platform/rows.ts";

const rowKey = (integration: string, { id, buriedAt }: DeadLetterKey) => ({
  pk: `integration#${integration}`,
  sk: `${sortableTime(buriedAt)}#${id}`,
});

/** Sorts before every row of that time: row keys are longer than a time alone. */
const latest = "9".repeat(16);

/**
 * Stores dead letters in a DynamoDB global table, by integration and time, for `deadLetterDays`.
 */
export const dynamoDeadLetters = (db: Tables, table: string, now: () => number): DeadLetters => ({
  async put(deadLetter) {
    await db.put({
      TableName: table,
      Item: {
        ...rowKey(deadLetter.delivery.integration, deadLetterKeyOf(deadLetter)),
        letter: deadLetter,
        expiresAt: Math.ceil(deadLetter.buriedAt / 1_000) + deadLetterDays * daySeconds,
      },
    });
  },

  async list(integration, { limit, after, order = "newest first", from = 0, before }) {
    const pk = `integration#${integration}`;
    const [first, last] = [
      sortableTime(from),
      before === undefined ? latest : sortableTime(before),
    ];
    // DynamoDB rejects a start key outside of the queried range.
    const isPast = order === "oldest first" ? (after ?? "") > last : (after ?? latest) < first;
    if (isPast || first > last) return { deadLetters: [] };
    const isInside = after !== undefined && after >= first && after <= last;
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :integration AND sk BETWEEN :from AND :before",
      // The table's time to live removes rows late: expired ones are filtered here.
      FilterExpression: "expiresAt > :now",
      ExpressionAttributeValues: {
        ":integration": pk,
        ":from": first,
        ":before": last,
        ":now": Math.floor(now() / 1_000),
      },
      ScanIndexForward: order === "oldest first",
      ExclusiveStartKey: isInside ? { pk, sk: after } : undefined,
      Limit: limit,
    });
    const next = LastEvaluatedKey?.sk;
    const read = Items.map(({ letter }) => schema.safeParse(letter));
    const deadLetters = read.flatMap(({ data }) => (data === undefined ? [] : [data]));
    const unreadable = read.length - deadLetters.length;
    return {
      deadLetters,
      ...(unreadable > 0 && { unreadable }),
      ...(typeof next === "string" && { next }),
    };
  },

  remove: (integration, keys) =>
    deleteRows(
      db,
      table,
      keys.map((key) => rowKey(integration, key)),
    ),
});
