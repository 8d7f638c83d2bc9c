import * as z from "zod/mini";
import { type SecondFactors, secondFactor } from "../../account/mfa/secondFactor.ts";
import type { SealedSecrets } from "../../integration/secret/sealedSecrets.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Secrets } from "../../platform/secrets.ts";
import type { DeleteInput, GetInput, ScanInput, Tables, UpdateInput } from "../call/tables.ts";
import { isConditionMet, putIfAbsent } from "../platform/rows.ts";
import { isSealedFor } from "../platform/secrets.ts";

const keyOf = (fleet: string) => ({ pk: `mfa#${fleet}` });

/** Second factors in the table of accounts. */
export const dynamoSecondFactors = (db: Tables, table: string): SecondFactors => ({
  async find(fleet) {
    const get: GetInput = { TableName: table, Key: keyOf(fleet), ConsistentRead: true };
    const { Item } = await db.get(get);
    return Item && secondFactor.parse(Item);
  },

  async add(factor) {
    await putIfAbsent(db, {
      table,
      Item: { ...keyOf(factor.fleet), ...factor },
      what: "a second factor",
    });
  },

  async replace(factor) {
    return isConditionMet(
      db.put({
        TableName: table,
        Item: { ...keyOf(factor.fleet), ...factor },
        ConditionExpression: "version = :before",
        ExpressionAttributeValues: { ":before": factor.version - 1 },
      }),
    );
  },

  async remove(fleet) {
    const remove: DeleteInput = {
      TableName: table,
      Key: keyOf(fleet),
      ReturnValues: "ALL_OLD",
    };
    return (await db.delete(remove)).Attributes !== undefined;
  },
});

const row = z.object({ pk: z.string(), fleet: z.string(), sealedSecret: z.string() });
const pageKey = z.object({ pk: z.string() });

/**
 * The encrypted secrets of all second factors, in the table of accounts. `incomplete` contains the
 * fleets of the users. A concurrent log-in completes the secret itself.
 */
export const dynamoSealedFactors = (db: Tables, table: string, secrets: Secrets): SealedSecrets => {
  /** Returns `false` if the secret was changed or removed. */
  const store = async (pk: string, before: string, completed: string): Promise<boolean> => {
    const update: UpdateInput = {
      TableName: table,
      Key: { pk },
      UpdateExpression: "SET sealedSecret = :completed",
      ConditionExpression: "sealedSecret = :before",
      ExpressionAttributeValues: { ":completed": completed, ":before": before },
    };
    return isConditionMet(db.update(update));
  };
  return {
    async completePage(region, { limit, after }) {
      const scan: ScanInput = {
        TableName: table,
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : { pk: after },
        FilterExpression: "begins_with(pk, :factor)",
        ExpressionAttributeValues: { ":factor": "mfa#" },
        ProjectionExpression: "pk, fleet, sealedSecret",
      };
      const { Items = [], LastEvaluatedKey } = await db.scan(scan);
      const incomplete: string[] = [];
      for (const item of Items) {
        const { pk, fleet, sealedSecret } = row.parse(item);
        const completed = (await secrets.complete(sealedSecret)) ?? sealedSecret;
        const isStored = completed === sealedSecret || (await store(pk, sealedSecret, completed));
        if (!(isStored && isSealedFor(completed, region))) incomplete.push(fleet);
      }
      const next = LastEvaluatedKey && pageKey.parse(LastEvaluatedKey).pk;
      const sealed = Items.length - incomplete.length;
      return { sealed, incomplete, ...omitUndefined({ next }) };
    },
  };
};
