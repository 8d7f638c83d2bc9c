import { randomUUID } from "node:crypto";
import { type IncidentLog, logEntry } from "../../notice/incident/incidentLog.ts";
import { incidentLogDays, incidentLogMax, noticeDays } from "../../notice/limits.ts";
import {
  type FanOuts,
  fanOut,
  type Notice,
  type Notices,
  notice,
  noticeKey,
} from "../../notice/outbox/notice.ts";
import type { SenderLease } from "../../notice/outbox/senderLease.ts";
import { dayMs } from "../../platform/durations.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet, sortableTime } from "../platform/rows.ts";
import { itemOf, operationsRows, type Row, secondsAfter } from "./operationsRows.ts";

const fanOutsPk = "fanouts";
const leasePk = "noticelease";

/** Notices in the global table of operations, by incident. */
export const dynamoNotices = (db: Tables, table: string, now: () => number): Notices => {
  const rows = operationsRows(db, table, now);
  const pkOf = (incident: string): string => `notices#${incident}`;
  const rowOf = (value: Notice): Row => ({
    pk: pkOf(value.incident),
    sk: noticeKey(value),
    value,
    expiresAt: secondsAfter(value.createdAt, noticeDays * dayMs),
  });
  return {
    async add(value) {
      await isConditionMet(
        db.put({
          TableName: table,
          Item: itemOf(rowOf(value)),
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      );
    },
    put: (value) => rows.put(rowOf(value)),
    async page({ incident, update }, page) {
      const prefix = update === undefined ? undefined : `${update}#`;
      const { values, next } = await rows.page({ pk: pkOf(incident), prefix }, page);
      const notices = values.map((value) => notice.parse(value));
      return { notices, ...(next !== undefined && { next }) };
    },
  };
};

/** Fan-outs in the global table of operations. */
export const dynamoFanOuts = (db: Tables, table: string, now: () => number): FanOuts => {
  const rows = operationsRows(db, table, now);
  const skOf = ({ incident, update }: { incident: string; update: string }): string =>
    `${incident}#${update}`;
  return {
    async list(since) {
      const found: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await rows.page({ pk: fanOutsPk }, { limit: 1_000, after });
        found.push(...page.values);
        after = page.next;
      } while (after !== undefined);
      return found
        .map((value) => fanOut.parse(value))
        .filter(({ createdAt }) => createdAt >= since);
    },
    async find(of) {
      const found = await rows.find(fanOutsPk, skOf(of));
      return found === undefined ? undefined : fanOut.parse(found);
    },
    async put(before) {
      const value = { ...before, revision: before.revision + 1 };
      const row = {
        pk: fanOutsPk,
        sk: skOf(value),
        value,
        expiresAt: secondsAfter(value.createdAt, noticeDays * dayMs),
        more: { revision: value.revision },
      };
      const isWritten = await isConditionMet(
        db.put({
          TableName: table,
          Item: itemOf(row),
          ...(before.revision === 0
            ? { ConditionExpression: "attribute_not_exists(pk)" }
            : {
                ConditionExpression: "revision = :before",
                ExpressionAttributeValues: { ":before": before.revision },
              }),
        }),
      );
      return isWritten ? value : undefined;
    },
  };
};

/** The log of changes of incidents in the global table of operations. */
export const dynamoIncidentLog = (db: Tables, table: string, now: () => number): IncidentLog => {
  const rows = operationsRows(db, table, now);
  const pkOf = (incident: string): string => `incidentlog#${incident}`;
  return {
    add: (value) =>
      rows.put({
        pk: pkOf(value.incident),
        sk: `${sortableTime(value.at)}#${randomUUID()}`,
        value,
        expiresAt: secondsAfter(value.at, incidentLogDays * dayMs),
      }),
    async list(incident) {
      const page = { limit: incidentLogMax, newestFirst: true };
      const { values } = await rows.page({ pk: pkOf(incident) }, page);
      return values.map((value) => logEntry.parse(value));
    },
  };
};

/** The lease of the region that sends notices, in the global table of operations. */
export const dynamoSenderLease = (db: Tables, table: string): SenderLease => ({
  async acquire({ region, now, until }) {
    const putIf = (condition: string): Promise<boolean> =>
      isConditionMet(
        db.put({
          TableName: table,
          Item: { pk: leasePk, sk: "row", holder: region, until },
          ConditionExpression: condition,
          ExpressionAttributeNames: { "#until": "until" },
          ExpressionAttributeValues: { ":region": region, ":now": now },
        }),
      );
    if (await putIf("holder = :region AND #until >= :now")) return true;
    await putIf("attribute_not_exists(pk) OR holder = :region OR #until < :now");
    return false;
  },
});
