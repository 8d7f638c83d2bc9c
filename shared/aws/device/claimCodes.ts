import * as z from "zod/mini";
import type { ClaimCodes } from "../../device/fleet/verifyClaim.ts";
import type { Tables } from "../call/tables.ts";

const codesKey = (fleet: string) => ({ pk: `claims#${fleet}`, sk: "codes" });
const saidKey = (device: string) => ({ pk: `device#${device}`, sk: "claim" });

const codesRow = z.object({ codes: z.array(z.object({ hash: z.string(), until: z.number() })) });
const saidRow = z.object({ hash: z.string() });

/** Claim codes in the device table, a global table. Its index does not contain these rows. */
export const dynamoClaimCodes = (db: Tables, table: string): ClaimCodes => ({
  async listCodes(fleet) {
    const { Item } = await db.get({ TableName: table, Key: codesKey(fleet), ConsistentRead: true });
    return Item ? codesRow.parse(Item).codes : [];
  },

  async putCodes(fleet, codes) {
    await db.put({ TableName: table, Item: { ...codesKey(fleet), codes } });
  },

  async recordCode(device, hash) {
    await db.put({ TableName: table, Item: { ...saidKey(device), hash } });
  },

  async recordedCode(device) {
    const { Item } = await db.get({ TableName: table, Key: saidKey(device), ConsistentRead: true });
    return Item && saidRow.parse(Item).hash;
  },
});
