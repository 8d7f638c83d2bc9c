import {
  type AuditEntry,
  type AuditIntent,
  auditIntent,
  auditOutcome,
} from "../../audit/auditEntry.ts";
import type { AuditLog, AuditQuery } from "../../audit/auditLog.ts";
import { auditDays, auditRowsReadMax } from "../../audit/limits.ts";
import { daySeconds } from "../../platform/durations.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet, sortableTime } from "../platform/rows.ts";

type Key = Pick<AuditIntent, "fleet" | "at" | "id">;

const partition = (fleet: string): string => `fleet#${fleet}`;

/** The row of an outcome follows that of its intent. */
const keyOf = ({ fleet, at, id }: Key, suffix = "") => ({
  pk: partition(fleet),
  sk: `${sortableTime(at)}#${id}${suffix}`,
});

const outcomeSuffix = "#outcome";

const expiresAt = ({ at }: Key): number => Math.ceil(at / 1_000) + auditDays * daySeconds;

/**
 * The audit log in a DynamoDB global table. An entry is two rows, because functions may only add
 * rows: the intent, and its outcome. Both are written with the condition that they do not exist.
 */
export const dynamoAuditLog = (db: Tables, table: string): AuditLog => {
  const add = (key: Key, Item: object, suffix?: string): Promise<boolean> =>
    isConditionMet(
      db.put({
        TableName: table,
        Item: { ...Item, ...keyOf(key, suffix), expiresAt: expiresAt(key) },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  return {
    begin: (intent) => add(intent, intent),

    async end(intent, outcome) {
      await add(intent, outcome, outcomeSuffix);
    },

    list: (query) => list(query, { db, table }),
  };
};

const list = async (
  { fleet, since, until, limit, after, matches }: AuditQuery,
  { db, table }: { db: Tables; table: string },
) => {
  const pk = partition(fleet);
  const [first, last] = [sortableTime(Math.max(0, since)), `${sortableTime(until)}~`];
  // DynamoDB rejects a start key outside of the queried range.
  if (first > last || (after !== undefined && after < first)) return { entries: [] };
  const entries: AuditEntry[] = [];
  let outcome: Record<string, unknown> | undefined;
  let start = after !== undefined && after <= last ? { pk, sk: after } : undefined;
  let position: string | undefined;
  for (let read = 0; read < auditRowsReadMax; ) {
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :fleet AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: { ":fleet": pk, ":first": first, ":last": last },
      ScanIndexForward: false,
      // An entry has up to two rows.
      Limit: 2 * limit + 1,
      ExclusiveStartKey: start,
    });
    read += Math.max(1, Items.length);
    for (const item of Items) {
      const sk = String(item.sk);
      if (sk.endsWith(outcomeSuffix)) {
        outcome = item;
        continue;
      }
      const own = outcome?.sk === `${sk}${outcomeSuffix}` ? outcome : undefined;
      outcome = undefined;
      const entry = entryOf(item, own);
      position = sk;
      if (entry === undefined || !matches(entry)) continue;
      entries.push(entry);
      if (entries.length === limit) return { entries, next: sk };
    }
    const { sk: next } = { sk: undefined, ...LastEvaluatedKey };
    if (typeof next !== "string") return { entries };
    start = { pk, sk: next };
  }
  // The position is a row of an intent, so that no outcome is read without its intent.
  return { entries, ...(position !== undefined && { next: position }) };
};

/** A row that cannot be read, such as one of a later version, is not listed. */
const entryOf = (
  item: Record<string, unknown>,
  own: Record<string, unknown> | undefined,
): AuditEntry | undefined => {
  const intent = auditIntent.safeParse(item);
  if (!intent.success) return undefined;
  const outcome = auditOutcome.safeParse(own);
  if (!outcome.success) return { ...intent.data, outcome: "unknown" };
  const { subject = intent.data.subject, ...rest } = outcome.data;
  return { ...intent.data, ...rest, subject };
};
