import { type DynamoDBDocumentClient, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { SealedSecrets } from "../../integration/secret/sealedSecrets.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Secrets } from "../../platform/secrets.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";
import { isSealedFor } from "../platform/secrets.ts";

const row = z.object({ pk: z.string(), fleet: z.string(), sealedSecret: z.string() });
const pageKey = z.object({ pk: z.string() });

/**
 * The sealed secrets of all users' second factors, in the table of accounts. `incomplete` names users by their fleets. A log-in that
 * writes the row at the same time completes the secret itself.
 */
export const dynamoSealedFactors = (
  db: DynamoDBDocumentClient,
  table: string,
  secrets: Secrets,
): SealedSecrets => {
  /** Returns `false` when the secret is another one by now, or the user has none any more. */
  const store = async (pk: string, before: string, completed: string): Promise<boolean> => {
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk },
      UpdateExpression: "SET sealedSecret = :completed",
      ConditionExpression: "sealedSecret = :before",
      ExpressionAttributeValues: { ":completed": completed, ":before": before },
    });
    return conditionHolds(db.send(update));
  };
  return {
    async completePage(region, { limit, after }) {
      const scan = new ScanCommand({
        TableName: table,
        Limit: limit,
        ExclusiveStartKey: after === undefined ? undefined : { pk: after },
        FilterExpression: "begins_with(pk, :factor)",
        ExpressionAttributeValues: { ":factor": "mfa#" },
        ProjectionExpression: "pk, fleet, sealedSecret",
      });
      const { Items = [], LastEvaluatedKey } = await db.send(scan);
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
