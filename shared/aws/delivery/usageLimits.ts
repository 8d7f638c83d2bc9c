import * as z from "zod/mini";
import {
  type FleetLimits,
  reachedLimit,
  type UsageLimits,
  usageLimit,
} from "../../limit/usageLimit.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";
import { countRoutingChange } from "./routingChanges.ts";

/** A row for each fleet that has, or had, limits. */
const fleetsPartition = "usagelimits";
const limitPrefix = "usagelimit#";
const reachedPrefix = "usagereached#";

const fleetKey = (fleet: string): string => `fleet#${fleet}`;
const limitKey = (fleet: string, id: string) => ({
  pk: fleetKey(fleet),
  sk: `${limitPrefix}${id}`,
});

type Row = Record<string, unknown>;

const isOf = (prefix: string, { sk }: Row): boolean =>
  typeof sk === "string" && sk.startsWith(prefix);

const reachedRow = z.object({ reached: z.array(reachedLimit) });

/**
 * The limits in the rows of a fleet; `undefined` if there are none. A malformed row counts as no
 * limit: no event may wait for it.
 */
export const someLimitsOf = (rows: readonly Row[], region: string): FleetLimits | undefined => {
  const found = fleetLimitsOf(rows, region);
  return found.limits.length === 0 ? undefined : found;
};

const fleetLimitsOf = (rows: readonly Row[], region: string): FleetLimits => ({
  limits: rows
    .filter((row) => isOf(limitPrefix, row))
    .flatMap((row) => usageLimit.safeParse(row).data ?? []),
  reached: rows
    .filter(({ sk }) => sk === `${reachedPrefix}${region}`)
    .flatMap((row) => reachedRow.safeParse(row).data?.reached ?? []),
});

/**
 * The limits of fleets, in the partition of the fleet's integrations, which workers read anyway.
 * Each region writes only its own row of reached limits.
 */
export const dynamoUsageLimits = (db: Tables, table: string): UsageLimits => ({
  async fleets() {
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": fleetsPartition },
      ConsistentRead: true,
    });
    const found = new Set<string>();
    for await (const { Items } of pages) for (const { sk } of Items) found.add(String(sk));
    return found;
  },

  async ofFleet(fleet) {
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: {
        ":pk": fleetKey(fleet),
        ":from": limitPrefix,
        ":to": `${reachedPrefix}~`,
      },
      ConsistentRead: true,
    });
    const rows: Row[] = [];
    for await (const { Items } of pages) rows.push(...Items);
    return fleetLimitsOf(rows, db.region);
  },

  async add(limit) {
    // Before the limit: a fleet without a limit costs a read, a limit without its fleet is not
    // checked.
    await db.put({ TableName: table, Item: { pk: fleetsPartition, sk: limit.fleet } });
    await db.put({ TableName: table, Item: { ...limitKey(limit.fleet, limit.id), ...limit } });
    await countRoutingChange(db, table, limit.fleet);
  },

  async replace(limit) {
    const isPut = await isConditionMet(
      db.put({
        TableName: table,
        Item: { ...limitKey(limit.fleet, limit.id), ...limit },
        ConditionExpression: "revision = :before",
        ExpressionAttributeValues: { ":before": limit.revision - 1 },
      }),
    );
    if (isPut) await countRoutingChange(db, table, limit.fleet);
    return isPut;
  },

  async remove(fleet, id, only) {
    const isRemoved = await isConditionMet(
      db.delete({
        TableName: table,
        Key: limitKey(fleet, id),
        ...(only === undefined
          ? { ConditionExpression: "attribute_exists(pk)" }
          : {
              ConditionExpression: "revision = :revision",
              ExpressionAttributeValues: { ":revision": only.revision },
            }),
      }),
    );
    if (isRemoved) await countRoutingChange(db, table, fleet);
    return isRemoved;
  },

  async putReached(fleet, reached) {
    const Item = { pk: fleetKey(fleet), sk: `${reachedPrefix}${db.region}`, reached };
    await db.put({ TableName: table, Item });
    await countRoutingChange(db, table, fleet);
  },
});
