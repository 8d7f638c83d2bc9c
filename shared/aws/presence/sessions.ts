import { omitUndefined } from "../../platform/omitUndefined.ts";
import { type Session, type Sessions, session as schema } from "../../presence/session.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchKeysMax = 100;
/** Attempts to read keys that DynamoDB left unprocessed. */
const batchTriesMax = 5;

/** Rows call the unpublished statuses `untold`, and their publisher `teller`. */
export const readSession = ({ untold, teller, ...item }: Record<string, unknown>): Session =>
  schema.parse({ ...item, ...omitUndefined({ unpublished: untold, publisher: teller }) });

type Key = { readonly pk: string; readonly sk: string };

/** The key of a device's session in a region. */
export const sessionKey = (device: string, region: string): Key => ({
  pk: `device#${device}`,
  sk: region,
});

/**
 * Sessions in a DynamoDB global table: a row for each device and region, which only that region
 * writes.
 */
export const dynamoSessions = (
  db: Tables,
  table: string,
  { region, regions }: { region: string; regions: readonly string[] },
): Sessions => {
  const readAll = async (keys: readonly Key[]): Promise<Session[]> => {
    const found: Session[] = [];
    for (let from = 0; from < keys.length; from += batchKeysMax) {
      found.push(...(await readBatch(db, table, keys.slice(from, from + batchKeysMax))));
    }
    return found;
  };
  return {
    async find(device) {
      const { Item } = await db.get({
        TableName: table,
        Key: sessionKey(device, region),
        ConsistentRead: true,
      });
      return Item && readSession(Item);
    },

    list: (devices) =>
      readAll(devices.flatMap((device) => regions.map((where) => sessionKey(device, where)))),

    listHere: (devices) => readAll(devices.map((device) => sessionKey(device, region))),

    async put({ unpublished: untold, publisher: teller, ...session }) {
      return isConditionMet(
        db.put({
          TableName: table,
          Item: {
            ...sessionKey(session.device, region),
            ...session,
            region,
            ...omitUndefined({ untold, teller }),
          },
          ConditionExpression: "attribute_not_exists(pk) OR revision = :before",
          ExpressionAttributeValues: { ":before": session.revision - 1 },
        }),
      );
    },
  };
};

const readBatch = async (db: Tables, table: string, keys: readonly Key[]): Promise<Session[]> => {
  const found: Session[] = [];
  let RequestItems: Record<string, { Keys: Record<string, unknown>[] }> = {
    [table]: { Keys: [...keys] },
  };
  for (let tries = 0; tries < batchTriesMax; tries += 1) {
    const { Responses = {}, UnprocessedKeys = {} } = await db.batchGet({ RequestItems });
    found.push(...(Responses[table] ?? []).map(readSession));
    const Keys = UnprocessedKeys[table]?.Keys ?? [];
    if (Keys.length === 0) return found;
    RequestItems = { [table]: { Keys } };
  }
  throw new Error("DynamoDB left sessions unprocessed in every attempt");
};
