import { omitUndefined } from "../../platform/omitUndefined.ts";
import { type Session, type Sessions, session as schema } from "../../presence/session.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet, readRows } from "../platform/rows.ts";

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
  const readAll = async (keys: readonly Key[]): Promise<Session[]> =>
    (await readRows(db, table, keys)).map(readSession);
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
