import * as z from "zod/mini";
import {
  type CertificateRecord,
  type CertificateStore,
  certificateIdOf,
  certificateRecord,
  type Deadline,
  type Realignment,
} from "../../device/registry/certificate.ts";
import { deadlineDaysBehindMax } from "../../device/registry/limits.ts";
import { dayMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { ConditionFailed, type PutInput, type Tables } from "../call/tables.ts";
import { readRows } from "../platform/rows.ts";

/** The key of the certificate record of a device. */
export const certificateKey = (device: string) => ({ pk: `device#${device}`, sk: "certificate" });
const pendingKey = (region: string, device: string) => ({ pk: `realign#${region}`, sk: device });
const passedKey = (region: string) => ({ pk: `region#${region}`, sk: "deadlines" });

/** Deadlines have a partition for each day, sorted by time. */
const deadlineKey = ({ at, device }: Deadline) => {
  const time = new Date(at).toISOString();
  return { pk: `deadline#${time.slice(0, 10)}`, sk: `${time}#${device}` };
};

const pendingRow = z.object({
  sk: z.string(),
  revision: z.number(),
  cut: z.boolean(),
  since: z.number(),
});
const deadlineRow = z.object({ device: z.string(), at: z.number() });
const recordRow = z.object({ record: certificateRecord });
/** The row of a certificate from a version without rotation. */
const firstRow = z.object({ pk: z.string(), certificate: z.string() });

/** Fails for a malformed row. */
export const readCertificateRecord = (item: unknown): CertificateRecord => {
  const { data } = z.safeParse(recordRow, item);
  if (data !== undefined) return data.record;
  const { pk, certificate: pem } = firstRow.parse(item);
  const device = pk.slice("device#".length);
  return { device, revision: 0, current: { id: certificateIdOf(pem), pem, issuedAt: 0 } };
};

/**
 * Certificate records in the device table, a global table. Its index does not contain these rows.
 */
export const dynamoCertificates = (db: Tables, table: string, here: string): CertificateStore => ({
  ...records(db, table),
  ...realignments(db, table, here),
  ...deadlines(db, table, here),
});

const records = (db: Tables, table: string): Pick<CertificateStore, "find" | "list" | "put"> => ({
  async find(device) {
    const { Item } = await db.get({
      TableName: table,
      Key: certificateKey(device),
      ConsistentRead: true,
    });
    return Item && readCertificateRecord(Item);
  },

  async list(devices) {
    return (await readRows(db, table, devices.map(certificateKey))).map(readCertificateRecord);
  },

  async put(record) {
    const { device, revision } = record;
    const put: PutInput = {
      TableName: table,
      Item: { ...certificateKey(device), revision, record },
      // The first revision replaces a row without revisions.
      ConditionExpression: revision === 1 ? "attribute_not_exists(revision)" : "revision = :before",
      ...(revision !== 1 && { ExpressionAttributeValues: { ":before": revision - 1 } }),
    };
    try {
      await db.put(put);
    } catch (cause) {
      if (!(cause instanceof ConditionFailed)) throw cause;
      throw new Failure("another request has changed the device's certificates", {
        code: "conflict",
        cause,
      });
    }
  },
});

const realignments = (
  db: Tables,
  table: string,
  here: string,
): Pick<CertificateStore, "addPending" | "listPending" | "completePending"> => ({
  async addPending({ device, ...rest }, regions) {
    for (const region of regions) {
      const Item = { ...pendingKey(region, device), ...rest };
      await db.put({ TableName: table, Item });
    }
  },

  async listPending({ limit, after }) {
    const { Items = [], LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :owed",
      ExpressionAttributeValues: { ":owed": pendingKey(here, "").pk },
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : pendingKey(here, after),
    });
    const next = LastEvaluatedKey?.sk;
    const pending = Items.map((item): Realignment => {
      const { sk: device, ...rest } = pendingRow.parse(item);
      return { device, ...rest };
    });
    return { pending, ...(typeof next === "string" && { next }) };
  },

  async completePending({ device, since }) {
    try {
      await db.delete({
        TableName: table,
        Key: pendingKey(here, device),
        ConditionExpression: "since = :since",
        ExpressionAttributeValues: { ":since": since },
      });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  },
});

const deadlines = (
  db: Tables,
  table: string,
  here: string,
): Pick<CertificateStore, "planDeadline" | "listDue" | "completeDeadlines"> => ({
  async planDeadline(deadline) {
    const Item = { ...deadlineKey(deadline), ...deadline };
    await db.put({ TableName: table, Item });
  },

  async listDue(now, limit) {
    const { Item } = await db.get({ TableName: table, Key: passedKey(here), ConsistentRead: true });
    const passed = typeof Item?.passed === "string" ? Item.passed : "";
    const from = Math.max(
      Date.parse(passed.slice(0, 10)) || 0,
      now - deadlineDaysBehindMax * dayMs,
    );
    const until = `${new Date(now).toISOString()}#~`;
    for (let day = from; ; day += dayMs) {
      const { pk } = deadlineKey({ at: Math.min(day, now), device: "" });
      const { Items = [] } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :day AND sk BETWEEN :after AND :until",
        ExpressionAttributeValues: { ":day": pk, ":after": `${passed}!`, ":until": until },
        Limit: limit,
      });
      if (Items.length > 0) return Items.map((item) => deadlineRow.parse(item));
      if (day >= now) return [];
    }
  },

  async completeDeadlines(passed) {
    const last = passed
      .map((deadline) => deadlineKey(deadline).sk)
      .toSorted()
      .at(-1);
    if (last === undefined) return;
    const Item = { ...passedKey(here), passed: last };
    await db.put({ TableName: table, Item });
  },
});
