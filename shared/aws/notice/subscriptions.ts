import * as z from "zod/mini";
import type { SealedKeys } from "../../notice/subscription/noticeKeys.ts";
import {
  hostOf,
  type PendingSubscriptions,
  type Subscriptions,
  subscription,
  unconfirmedSubscription,
  type Verifications,
  verification,
} from "../../notice/subscription/subscription.ts";
import { hourMs } from "../../platform/durations.ts";
import type { Tables } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";
import { itemOf, operationsRows, secondsAfter } from "./operationsRows.ts";

const subscriptionsPk = "subscriptions";
const verificationsPk = "verifications";
const keysPk = "noticekeys";
/** The only row of a partition. */
const single = "row";

/** Confirmed subscriptions in the global table of operations. */
export const dynamoSubscriptions = (
  db: Tables,
  table: string,
  now: () => number,
): Subscriptions => {
  const rows = operationsRows(db, table, now);
  const pk = subscriptionsPk;
  return {
    async find(id) {
      const found = await rows.find(pk, id);
      return found === undefined ? undefined : subscription.parse(found);
    },
    put: (value) => rows.put({ pk, sk: value.id, value, more: { host: hostOf(value) ?? "" } }),
    remove: (id) => rows.remove(pk, id),
    async page({ prefix, ...page }) {
      const { values, next } = await rows.page({ pk, prefix }, page);
      const subscriptions = values.map((value) => subscription.parse(value));
      return { subscriptions, ...(next !== undefined && { next }) };
    },
    async count(prefix, host) {
      let [all, ofHost] = [0, 0];
      let ExclusiveStartKey: object | undefined;
      do {
        const { Items, LastEvaluatedKey } = await db.query({
          TableName: table,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
          ExpressionAttributeNames: { "#host": "host" },
          ProjectionExpression: "sk, #host",
          ExclusiveStartKey,
        });
        all += Items.length;
        ofHost += Items.filter((item) => host !== undefined && item.host === host).length;
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return { all, ofHost };
    },
  };
};

const pendingValue = z.object({ subscription: unconfirmedSubscription, expiresAt: z.number() });

/** Subscriptions that await a click, in the global table of operations, by the hash of a token. */
export const dynamoPendingSubscriptions = (
  db: Tables,
  table: string,
  now: () => number,
): PendingSubscriptions => {
  const rows = operationsRows(db, table, now);
  const pkOf = (hash: string): string => `pendingsubscription#${hash}`;
  return {
    add: (hash, wanted, expiresAt) =>
      rows.put({
        pk: pkOf(hash),
        sk: single,
        value: { subscription: wanted, expiresAt },
        expiresAt: Math.ceil(expiresAt / 1_000),
      }),
    async find(hash) {
      const found = await rows.find(pkOf(hash), single);
      return found === undefined ? undefined : pendingValue.parse(found);
    },
    async remove(hash) {
      await rows.remove(pkOf(hash), single);
    },
  };
};

/** Webhooks that await their verification, in the global table of operations. */
export const dynamoVerifications = (
  db: Tables,
  table: string,
  now: () => number,
): Verifications => {
  const rows = operationsRows(db, table, now);
  const pk = verificationsPk;
  return {
    put: (value) =>
      rows.put({
        pk,
        sk: value.subscription.id,
        value,
        expiresAt: secondsAfter(value.dueAt, hourMs),
      }),
    async find(id) {
      const found = await rows.find(pk, id);
      return found === undefined ? undefined : verification.parse(found);
    },
    async list(max) {
      const { values } = await rows.page({ pk }, { limit: max });
      return values.map((value) => verification.parse(value));
    },
    async remove(id) {
      await rows.remove(pk, id);
    },
  };
};

/** Encrypted keys of notices in the global table of operations. */
export const dynamoSealedKeys = (db: Tables, table: string, now: () => number): SealedKeys => {
  const rows = operationsRows(db, table, now);
  const find = async (id: string): Promise<string | undefined> => {
    const found = await rows.find(keysPk, id);
    return found === undefined ? undefined : z.string().parse(found);
  };
  return {
    find,
    async add(id, sealed) {
      const isNew = await isConditionMet(
        db.put({
          TableName: table,
          Item: itemOf({ pk: keysPk, sk: id, value: sealed }),
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      );
      return isNew ? sealed : ((await find(id)) ?? sealed);
    },
  };
};
