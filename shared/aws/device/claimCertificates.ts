import * as z from "zod/mini";
import {
  type ClaimCertificates,
  claimCertificate,
} from "../../device/provision/claimCertificates.ts";
import { hourSeconds } from "../../platform/durations.ts";
import type { DeleteInput, Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

const ofProduct = (product: number, id: string) => ({ pk: `claimcertificates#${product}`, sk: id });
const ofCertificate = (id: string, sk: string) => ({ pk: `claimcertificate#${id}`, sk });

const ofRegion = (region: string, id: string) => ({ pk: `endclaim#${region}`, sk: id });

const place = z.object({ product: z.number() });
const pendingRow = z.object({ sk: z.string(), since: z.number() });
const counted = z.object({ used: z.number() });

/** The lifetime of the count of a minute. */
const countedSeconds = hourSeconds;

/**
 * Claim certificates in the device table. Its index does not contain these rows. Each region counts
 * uses in its own rows, because the last writer wins between the replicas of a global table.
 */
export const dynamoClaimCertificates = (
  db: Tables,
  TableName: string,
  here: string,
): ClaimCertificates => ({
  ...pendingClaims(db, TableName, here),

  async put(certificate) {
    const { id, product } = certificate;
    const found = { ...ofCertificate(id, "product"), product };
    await db.put({ TableName, Item: found });
    await db.put({ TableName, Item: { ...ofProduct(product, id), ...certificate } });
  },

  async find(id) {
    const Key = ofCertificate(id, "product");
    const { Item: found } = await db.get({ TableName, Key, ConsistentRead: true });
    if (found === undefined) return undefined;
    const { product } = place.parse(found);
    const { Item } = await db.get({ TableName, Key: ofProduct(product, id), ConsistentRead: true });
    return Item && claimCertificate.parse(Item);
  },

  async list(product, max) {
    const { Items = [] } = await db.query({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": ofProduct(product, "").pk },
      ConsistentRead: true,
      Limit: max,
    });
    return Items.map((item) => claimCertificate.parse(item));
  },

  async count(id, minute) {
    const { Attributes } = await db.update({
      TableName,
      Key: ofCertificate(id, `minute#${here}#${minute}`),
      UpdateExpression: "ADD used :one SET expiresAt = :end",
      ExpressionAttributeValues: { ":one": 1, ":end": minute * 60 + countedSeconds },
      ReturnValues: "UPDATED_NEW",
    });
    return counted.parse(Attributes).used;
  },
});

const pendingClaims = (
  db: Tables,
  TableName: string,
  here: string,
): Pick<ClaimCertificates, "addPending" | "listPending" | "completePending"> => ({
  async addPending({ id, since }, regions) {
    for (const region of regions) {
      await db.put({ TableName, Item: { ...ofRegion(region, id), since } });
    }
  },

  async listPending(max) {
    const { Items = [] } = await db.query({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": ofRegion(here, "").pk },
      Limit: max,
    });
    return Items.map((item) => {
      const { sk: id, since } = pendingRow.parse(item);
      return { id, since };
    });
  },

  async completePending({ id, since }) {
    const remove: DeleteInput = {
      TableName,
      Key: ofRegion(here, id),
      ConditionExpression: "since = :since",
      ExpressionAttributeValues: { ":since": since },
    };
    await isConditionMet(db.delete(remove));
  },
});
