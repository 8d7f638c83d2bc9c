import * as z from "zod/mini";
import type { CallLoads } from "../../account/caller/callShare.ts";
import { callLoadKeptSeconds, callLoadWindowMs } from "../../account/caller/limits.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const row = z.object({ window: z.number(), spentMs: z.number(), share: z.number() });

const keyOf = (user: string) => ({ pk: `callload#${user}` });

/** The loads of calls in the table of slots of this region: a row per user. */
export const dynamoCallLoads = (db: Tables, TableName: string): CallLoads => ({
  async find(user, { isConsistent }) {
    const found = await db.get({ TableName, Key: keyOf(user), ConsistentRead: isConsistent });
    return found.Item && row.parse(found.Item);
  },

  async add(user, { window, spentMs }) {
    return await isConditionMet(
      db.update({
        TableName,
        Key: keyOf(user),
        UpdateExpression: "ADD spentMs :spent",
        ConditionExpression: "#window = :window",
        ExpressionAttributeNames: { "#window": "window" },
        ExpressionAttributeValues: { ":spent": spentMs, ":window": window },
      }),
    );
  },

  async begin(user, { window, spentMs, share }, found) {
    return await isConditionMet(
      db.update({
        TableName,
        Key: keyOf(user),
        UpdateExpression:
          "SET #window = :window, spentMs = :spent, #share = :share, expiresAt = :end",
        ConditionExpression: found === undefined ? "attribute_not_exists(pk)" : "#window = :former",
        ExpressionAttributeNames: { "#window": "window", "#share": "share" },
        ExpressionAttributeValues: {
          ":window": window,
          ":spent": spentMs,
          ":share": share,
          ":end": Math.ceil((window * callLoadWindowMs) / 1_000) + callLoadKeptSeconds,
          ...(found !== undefined && { ":former": found.window }),
        },
      }),
    );
  },
});
