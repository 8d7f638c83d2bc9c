import * as z from "zod/mini";
import type { ImageReference, ImageReferences } from "../../firmware/images.ts";
import { imageRemovalMs } from "../../firmware/limits.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Tables } from "../call/tables.ts";
import { sortableNumber } from "./rowKeys.ts";

const partition = (sha256: string): string => `image#${sha256}`;

const keyOf = ({ sha256, product, version }: ImageReference) => ({
  pk: partition(sha256),
  sk: `${sortableNumber(product)}#${sortableNumber(version)}`,
});

/** After every reference, whose keys begin with a digit. */
const removalKey = (sha256: string) => ({ pk: partition(sha256), sk: "removal" });

const removal = z.object({ at: z.number() });

interface Replicas {
  readonly here: Tables;
  /** The replicas of the other regions. */
  readonly elsewhere: readonly Tables[];
}

/**
 * References of images in the firmware table. Whether an image is still used is read in every
 * region: a reference that another region has just added may not have arrived here.
 */
export const dynamoImageReferences = (
  { here, elsewhere }: Replicas,
  TableName: string,
): ImageReferences => {
  const hasReference = async (db: Tables, sha256: string): Promise<boolean> => {
    const { Items } = await db.query({
      TableName,
      KeyConditionExpression: "pk = :pk AND sk < :removal",
      ExpressionAttributeValues: { ":pk": partition(sha256), ":removal": removalKey(sha256).sk },
      ConsistentRead: true,
      Limit: 1,
    });
    return Items.length > 0;
  };
  const removedAt = async (db: Tables, sha256: string): Promise<number> => {
    const { Item } = await db.get({ TableName, Key: removalKey(sha256), ConsistentRead: true });
    return Item === undefined ? 0 : removal.parse(Item).at;
  };
  return {
    async add(reference) {
      await here.put({ TableName, Item: keyOf(reference) });
    },

    async remove(reference) {
      await here.delete({ TableName, Key: keyOf(reference) });
    },

    async beginRemoval(sha256, now) {
      const expiresAt = Math.ceil((now + imageRemovalMs) / 1_000);
      await here.put({ TableName, Item: { ...removalKey(sha256), at: now, expiresAt } });
      const found = await Promise.all(
        [here, ...elsewhere].map((each) => hasReference(each, sha256)),
      );
      return !found.includes(true);
    },

    async endRemoval(sha256) {
      await here.delete({ TableName, Key: removalKey(sha256) });
    },

    async isBeingRemoved(sha256, now) {
      const times = await Promise.all([
        removedAt(here, sha256),
        ...elsewhere.map((each) => removedAt(each, sha256).catch(() => 0)),
      ]);
      return times.some((at) => isUnexpired(at + imageRemovalMs, { now, ms: 2 * imageRemovalMs }));
    },
  };
};
