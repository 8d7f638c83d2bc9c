import type { RunLeases } from "../../platform/runAlone.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "./rows.ts";

const keyOf = (name: string) => ({ pk: `runs#${name}` });

/**
 * Leases of scheduled functions in a table of this region, a row for each function. Acquiring a
 * lease is one conditional write, and releasing it another.
 */
export const dynamoRunLeases = (db: Tables, TableName: string): RunLeases => ({
  acquire({ name, run, until }, now) {
    const written = db.update({
      TableName,
      Key: keyOf(name),
      UpdateExpression: "SET run = :run, leasedUntil = :until, expiresAt = :end",
      // The same run repeats a request whose reply was lost.
      ConditionExpression: "attribute_not_exists(leasedUntil) OR leasedUntil <= :now OR run = :run",
      ExpressionAttributeValues: {
        ":run": run,
        ":until": until,
        ":now": now,
        ":end": Math.ceil(until / 1_000),
      },
    });
    return isConditionMet(written);
  },

  async release({ name, run }) {
    const released = db.update({
      TableName,
      Key: keyOf(name),
      UpdateExpression: "REMOVE run, leasedUntil",
      ConditionExpression: "run = :run",
      ExpressionAttributeValues: { ":run": run },
    });
    await isConditionMet(released);
  },
});
