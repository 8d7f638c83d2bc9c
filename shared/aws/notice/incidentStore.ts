import type { Tables } from "../call/tables.ts";
import { dynamoIncidentRecords } from "../status/incidentRecords.ts";
import { dynamoFanOuts, dynamoIncidentLog, dynamoNotices } from "./notices.ts";

/** The incidents in the table of operations, with the log of changes and the notices. */
export const dynamoIncidentStore = (db: Tables, table: string, now: () => number) => ({
  records: dynamoIncidentRecords(db, table, now),
  log: dynamoIncidentLog(db, table, now),
  notices: dynamoNotices(db, table, now),
  fanOuts: dynamoFanOuts(db, table, now),
});
