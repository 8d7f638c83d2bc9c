import {
  type FirmwareVersion,
  type FirmwareVersions,
  firmwareVersion as schema,
} from "../../firmware/firmwareVersion.ts";
import { firmwareVersionsMax } from "../../firmware/limits.ts";
import { Failure } from "../../platform/failure.ts";
import { queryPages, type Tables } from "../call/tables.ts";
import { isConditionMet, putIfAbsent } from "../platform/rows.ts";
import { sortableNumber } from "./rowKeys.ts";

const keyOf = ({ product, version }: Pick<FirmwareVersion, "product" | "version">) => ({
  pk: `firmware#${product}`,
  sk: sortableNumber(version),
});

/** Firmware versions in the firmware table. */
export const dynamoFirmwareVersions = (db: Tables, table: string): FirmwareVersions => ({
  async find(product, version) {
    const Key = keyOf({ product, version });
    const { Item } = await db.get({ TableName: table, Key, ConsistentRead: true });
    return Item && schema.parse(Item);
  },

  async list(product) {
    const found: FirmwareVersion[] = [];
    const pages = queryPages(db, {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": keyOf({ product, version: 0 }).pk },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: firmwareVersionsMax,
    });
    for await (const { Items } of pages) {
      found.push(...Items.map((item) => schema.parse(item)));
      if (found.length >= firmwareVersionsMax) break;
    }
    return found.slice(0, firmwareVersionsMax);
  },

  async add(version) {
    const what = `a version ${version.version} of this product`;
    await putIfAbsent(db, { table, Item: { ...version, ...keyOf(version) }, what });
  },

  async replace(version) {
    const after = { ...version, revision: version.revision + 1 };
    const write = db.put({
      TableName: table,
      Item: { ...after, ...keyOf(version) },
      ConditionExpression: "revision = :revision",
      ExpressionAttributeValues: { ":revision": version.revision },
    });
    if (await isConditionMet(write)) return after;
    throw changed();
  },

  async remove(version) {
    const write = db.delete({
      TableName: table,
      Key: keyOf(version),
      ConditionExpression: "revision = :revision",
      ExpressionAttributeValues: { ":revision": version.revision },
    });
    if (!(await isConditionMet(write))) throw changed();
  },
});

const changed = (): Failure =>
  new Failure(
    "The firmware version was changed by another request. Read it again and repeat yours.",
    { code: "conflict" },
  );
