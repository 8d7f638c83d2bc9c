import * as z from "zod/mini";
import { provisionKeyMs } from "../../device/provision/limits.ts";
import type { ProvisionKey, ProvisionKeys } from "../../device/provision/provisionOnce.ts";
import type { GetInput, PutInput, Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const rowKey = ({ fleet, key }: Pick<ProvisionKey, "fleet" | "key">) => ({
  pk: `provision#${fleet}`,
  sk: `key#${key}`,
});

const row = z.object({ digest: z.string(), device: z.string(), since: z.number() });

/** Idempotency keys in the device table. */
export const dynamoProvisionKeys = (db: Tables, table: string): ProvisionKeys => ({
  async find(fleet, key) {
    const Key = rowKey({ fleet, key });
    const get: GetInput = { TableName: table, Key, ConsistentRead: true };
    const { Item } = await db.get(get);
    return Item && { fleet, key, ...row.parse(Item) };
  },

  put({ fleet, key, ...rest }, instead) {
    const expiresAt = Math.ceil((rest.since + provisionKeyMs) / 1_000);
    const put: PutInput = {
      TableName: table,
      Item: { ...rowKey({ fleet, key }), ...rest, expiresAt },
      ...(instead === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : stillThere(instead)),
    };
    return isConditionMet(db.put(put));
  },

  async remove(key) {
    const Key = rowKey(key);
    await isConditionMet(db.delete({ TableName: table, Key, ...stillThere(key) }));
  },
});

const stillThere = ({ device, since }: ProvisionKey) => ({
  ConditionExpression: "device = :device AND since = :since",
  ExpressionAttributeValues: { ":device": device, ":since": since },
});
