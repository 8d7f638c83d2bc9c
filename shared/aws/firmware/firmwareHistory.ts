import {
  type FirmwareChange,
  type FirmwareHistory,
  firmwareChange,
  ranFirmware,
} from "../../firmware/firmwareHistory.ts";
import { firmwareHistoryDays } from "../../firmware/limits.ts";
import { daySeconds } from "../../platform/durations.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet, sortableTime } from "../platform/rows.ts";

const changesKey = (device: string): string => `versions#${device}`;

const ranKey = ({ product, version }: Pick<FirmwareChange, "product" | "version">): string =>
  `ran#${product}#${version}`;

/** The firmware history in the table of firmware. Only the region of a row writes it. */
export const dynamoFirmwareHistory = (db: Tables, table: string): FirmwareHistory => ({
  async record(change, former) {
    const { device, region, at } = change;
    const pk = changesKey(device);
    const expiresAt = Math.floor(at / 1_000) + firmwareHistoryDays * daySeconds;
    const Item = { pk, sk: `${sortableTime(at)}#${region}`, ...change, expiresAt };
    await db.put({ TableName: table, Item });
    await extend(db, table, change);
    if (former?.version === undefined) return;
    const { product, version, image } = former;
    await extend(db, table, { device, region, at, product, version, image });
  },

  async changesOf(device) {
    const found: FirmwareChange[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :device",
      ExpressionAttributeValues: { ":device": changesKey(device) },
      ScanIndexForward: false,
    });
    for await (const { Items } of pages) {
      found.push(...Items.map((item) => firmwareChange.parse(item)));
    }
    return found;
  },

  async ran(key, { limit, after }) {
    const pk = ranKey(key);
    const { Items, LastEvaluatedKey } = await db.query({
      TableName: table,
      KeyConditionExpression: "pk = :version",
      ExpressionAttributeValues: { ":version": pk },
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
    });
    const rows = Items.map((item) => ranFirmware.parse(item));
    const next = LastEvaluatedKey?.sk;
    return { rows, ...(typeof next === "string" && { next }) };
  },
});

type Sighting = Omit<FirmwareChange, "image"> & { readonly image?: string | undefined };

/** Adds a row, or moves its times apart: the messages of a device may arrive in any order. */
const extend = async (db: Tables, table: string, sighting: Sighting): Promise<void> => {
  const { device, product, version, image, region, at } = sighting;
  const Key = { pk: ranKey({ product, version }), sk: `${device}#${region}` };
  const expiresAt = Math.floor(at / 1_000) + firmwareHistoryDays * daySeconds;
  const own = Object.entries(omitUndefined({ device, product, version, region, image, expiresAt }));
  const isLatest = await isConditionMet(
    db.update({
      TableName: table,
      Key,
      UpdateExpression: `SET #first = if_not_exists(#first, :at), #last = :at, ${own
        .map((_, i) => `#${i} = :${i}`)
        .join(", ")}`,
      ConditionExpression: "attribute_not_exists(#last) OR #last < :at",
      ExpressionAttributeNames: {
        "#first": "first",
        "#last": "last",
        ...Object.fromEntries(own.map(([name], i) => [`#${i}`, name])),
      },
      ExpressionAttributeValues: {
        ":at": at,
        ...Object.fromEntries(own.map(([, value], i) => [`:${i}`, value])),
      },
    }),
  );
  if (isLatest) return;
  await isConditionMet(
    db.update({
      TableName: table,
      Key,
      UpdateExpression: "SET #first = :at",
      ConditionExpression: "#first > :at",
      ExpressionAttributeNames: { "#first": "first" },
      ExpressionAttributeValues: { ":at": at },
    }),
  );
};
