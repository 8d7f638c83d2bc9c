import * as z from "zod/mini";
import { seenHours, seenLeaseSeconds } from "../../event/limits.ts";
import type { SeenEvents } from "../../event/ports.ts";
import { hourSeconds } from "../../platform/durations.ts";
import { ConditionFailed, type Tables } from "../call/tables.ts";

const row = z.object({
  seen: z.boolean(),
  expiresAt: z.number(),
  /** The message that queued the deliveries. Rows older than the ledger have none. */
  seenBy: z.optional(z.string()),
});

/**
 * Seen events in a DynamoDB table of this region. The table is not replicated, because a replicated
 * write for each event would cost more than the rest of the pipeline. An event that a device
 * repeats in another region is therefore delivered twice. Times are in whole seconds, as time to
 * live (TTL) requires. Expired rows are ignored.
 */
export const dynamoSeenEvents = (db: Tables, table: string): SeenEvents => {
  const seconds = (now: number) => Math.floor(now / 1_000);
  return {
    async claim(eventId, message, now) {
      try {
        await db.put({
          TableName: table,
          Item: {
            pk: eventId,
            seen: false,
            takenBy: message,
            expiresAt: seconds(now) + seenLeaseSeconds,
          },
          ConditionExpression:
            "attribute_not_exists(pk) OR expiresAt <= :now OR takenBy = :message",
          ExpressionAttributeValues: { ":now": seconds(now), ":message": message },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        });
        return "acquired";
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        const { seen, seenBy } = row.parse(error.item);
        if (!seen) return "busy";
        return seenBy === message ? "completed" : "duplicate";
      }
    },

    async confirm(eventId, message, now) {
      const expiresAt = seconds(now) + seenHours * hourSeconds;
      const Item = { pk: eventId, seen: true, seenBy: message, expiresAt };
      await db.put({ TableName: table, Item });
    },
  };
};
