import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { ConcurrencySlots, SlotKind } from "../../account/caller/acquireSlot.ts";
import { slotAttemptsMax } from "../../account/caller/limits.ts";
import type { Tables, UpdateInput } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

/**
 * Attribute `p3` contains the time until which slot 3 is occupied, and `i3` the id of its request.
 */
const row = z.record(z.string(), z.unknown());

const attribute = (number: number): string => `p${number}`;

const idAttribute = (number: number): string => `i${number}`;

const keyOf = (kind: SlotKind, user: string) => ({ pk: `${kind}#${user}` });

/**
 * Concurrency slots in a table of this region: a row per user and kind, with an attribute per slot
 * that is or was occupied. Acquiring a free slot is one write, and releasing it another.
 */
export const dynamoConcurrencySlots = (db: Tables, TableName: string): ConcurrencySlots => {
  /** Returns whether the condition was met. */
  const update = async (input: UpdateInput): Promise<boolean> => {
    return isConditionMet(db.update(input));
  };

  const free = async (
    kind: SlotKind,
    user: string,
    { max, now, ConsistentRead }: { max: number; now: number; ConsistentRead: boolean },
  ): Promise<number[]> => {
    const { Item } = await db.get({ TableName, Key: keyOf(kind, user), ConsistentRead });
    const taken = row.parse(Item ?? {});
    return slotNumbers(max).filter((number) => !(Number(taken[attribute(number)] ?? 0) > now));
  };

  return {
    async acquire(kind, user, { max, now, until }) {
      const id = randomUUID();
      let choice = slotNumbers(max);
      for (let tries = 0; tries < slotAttemptsMax; tries += 1) {
        // A random slot: concurrent requests would otherwise all try the first one.
        const number = choice[Math.floor(Math.random() * choice.length)];
        if (number === undefined) return undefined;
        const taken = await update({
          TableName,
          Key: keyOf(kind, user),
          UpdateExpression: "SET #place = :until, #id = :id, expiresAt = :end",
          // The same request repeats a write whose reply was lost.
          ConditionExpression: "attribute_not_exists(#place) OR #place <= :now OR #id = :id",
          ExpressionAttributeNames: { "#place": attribute(number), "#id": idAttribute(number) },
          ExpressionAttributeValues: {
            ":until": until,
            ":id": id,
            ":now": now,
            ":end": Math.ceil(until / 1_000),
          },
        });
        if (taken) return { kind, user, number, id, until };
        choice = await free(kind, user, { max, now, ConsistentRead: true });
      }
      return undefined;
    },

    async isFull(kind, user, { max, now }) {
      return (await free(kind, user, { max, now, ConsistentRead: false })).length === 0;
    },

    async release({ kind, user, number, id }) {
      // If the condition is not met, the slot has expired, and another request occupies it.
      await update({
        TableName,
        Key: keyOf(kind, user),
        UpdateExpression: "REMOVE #place, #id",
        ConditionExpression: "#id = :id",
        ExpressionAttributeNames: { "#place": attribute(number), "#id": idAttribute(number) },
        ExpressionAttributeValues: { ":id": id },
      });
    },
  };
};

const slotNumbers = (max: number): number[] => Array.from({ length: max }, (_, number) => number);
