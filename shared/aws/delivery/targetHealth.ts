import {
  targetHealth as schema,
  type TargetHealth,
  type TargetHealthStore,
} from "../../resilience/targetHealth.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";
import { countRoutingChange } from "./routingChanges.ts";

const prefixOf = (region: string): string => `trouble#${region}#`;

/**
 * In the partition of the fleet's integrations, which workers read anyway. Each region writes only
 * its own rows.
 */
export const targetHealthKey = (fleet: string, region: string, integration: string) => ({
  pk: `fleet#${fleet}`,
  sk: `${prefixOf(region)}${integration}`,
});

/**
 * Parses the health of an integration. Returns `undefined` for another region's row, and for a
 * malformed one: no event may wait for it.
 */
export const targetHealthOf = (
  row: Record<string, unknown>,
  region: string,
): TargetHealth | undefined =>
  typeof row.sk === "string" && row.sk.startsWith(prefixOf(region))
    ? schema.safeParse(row).data
    : undefined;

/** Stores a region's target health in the global table of integrations. */
export const dynamoTargetHealth = (
  db: Tables,
  table: string,
  region: string,
): TargetHealthStore => ({
  async put(fleet, targetHealth) {
    const { integration, revision } = targetHealth;
    const Key = targetHealthKey(fleet, region, integration);
    const isPut = await isConditionMet(
      db.put({
        TableName: table,
        Item: { ...Key, ...targetHealth },
        ConditionExpression: "attribute_not_exists(pk) OR revision = :before",
        ExpressionAttributeValues: { ":before": revision - 1 },
      }),
    );
    if (isPut) await countRoutingChange(db, table, fleet);
    return isPut;
  },
});
