import * as z from "zod/mini";
import { type CanaryIdentities, canaryIdentity } from "../../canary/identity.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { Secrets } from "../../platform/secrets.ts";
import type { Tables } from "../call/tables.ts";

const row = z.object({ sealed: z.string() });

interface Options {
  readonly region: string;
  readonly secrets: Pick<Secrets, "seal" | "open">;
}

/**
 * The identity of a region's canary in the table of operations, encrypted as one text. The
 * encryption is bound to the region, so that a row cannot be used in place of another region's.
 */
export const dynamoCanaryIdentities = (
  db: Tables,
  TableName: string,
  { region, secrets }: Options,
): CanaryIdentities => {
  const Key = { pk: `canary#${region}`, sk: "identity" };
  const context = `canary/${region}`;
  return {
    async find() {
      const { Item } = await db.get({ TableName, Key, ConsistentRead: true });
      if (Item === undefined) return undefined;
      return canaryIdentity.parse(parseJson(await secrets.open(row.parse(Item).sealed, context)));
    },
    async put(identity) {
      const sealed = await secrets.seal(JSON.stringify(identity), context);
      await db.put({ TableName, Item: { ...Key, sealed } });
    },
  };
};
