import { daySeconds } from "../../platform/durations.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { firstIdOf } from "../../status/incidentId.ts";
import { type IncidentRecord, incidentRecord } from "../../status/incidentRecord.ts";
import type { IncidentRecords } from "../../status/incidentRecords.ts";
import { recordKey } from "../../status/latestRecords.ts";
import { incidentDays, incidentRecordsMax } from "../../status/limits.ts";
import { type Item, queryPages, type Tables } from "../call/tables.ts";

const pk = "incidents";

/**
 * Stores the records of incidents in the global table of operations, for `incidentDays`. Ids of
 * incidents sort by time. A row of an unknown form, for example of a newer version, is left out:
 * the status page must not depend on it.
 */
export const dynamoIncidentRecords = (
  db: Tables,
  table: string,
  now: () => number,
): IncidentRecords => ({
  async list(since) {
    const records: IncidentRecord[] = [];
    // The newest first, so that the oldest are missing if there are too many.
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk >= :since",
      ExpressionAttributeValues: { ":pk": pk, ":since": firstIdOf(since) },
      ScanIndexForward: false,
    });
    for await (const { Items = [] } of pages) {
      records.push(...recordsIn(Items));
      if (records.length >= incidentRecordsMax) break;
    }
    return records.slice(0, incidentRecordsMax).reverse();
  },

  async find(incident) {
    const records: IncidentRecord[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :incident)",
      ExpressionAttributeValues: { ":pk": pk, ":incident": `${incident}#` },
    });
    for await (const { Items = [] } of pages) records.push(...recordsIn(Items));
    return records;
  },

  async put(record) {
    const Item = {
      pk,
      sk: recordKey(record),
      record: JSON.stringify(record),
      expiresAt: Math.ceil(now() / 1_000) + incidentDays * daySeconds,
    };
    await db.put({ TableName: table, Item });
  },
});

const recordsIn = (items: readonly Item[]): IncidentRecord[] =>
  items.flatMap(({ record }) => {
    const read = incidentRecord.safeParse(parseJson(String(record)));
    return read.success ? [read.data] : [];
  });
