import * as z from "zod/mini";
import type { AttemptQuota } from "../../resilience/attemptQuota.ts";
import { quotaStoredSeconds } from "../../resilience/limits.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";

const row = z.object({ attempts: z.number() });

/**
 * Counts the attempts of each second in the table of rate limits of this region: one row per
 * integration and second of a slow start. Each request is one conditional write, so concurrent
 * workers are counted exactly.
 */
export const dynamoAttemptQuota = (db: Tables, table: string): AttemptQuota => ({
  async acquire(integration, { second, allowed, wanted }) {
    try {
      const { Attributes } = await db.update({
        TableName: table,
        Key: { pk: `attempts#${integration}#${second}` },
        UpdateExpression: "SET expiresAt = :end ADD attempts :wanted",
        ConditionExpression: "attribute_not_exists(attempts) OR attempts < :allowed",
        ExpressionAttributeValues: {
          ":end": second + quotaStoredSeconds,
          ":wanted": wanted,
          ":allowed": allowed,
        },
        ReturnValues: "ALL_NEW",
      });
      const { attempts } = row.parse(Attributes);
      return Math.max(0, Math.min(wanted, allowed - (attempts - wanted)));
    } catch (error) {
      if (error instanceof ConditionFailed) return 0;
      throw error;
    }
  },
});
