import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { ConcurrencySlots, SlotKind } from "../../account/caller/acquireSlot.ts";
import { slotAttemptsMax, slotsMax } from "../../account/caller/limits.ts";
import { isConditionMet } from "../platform/rows.ts";

/** Attribute `p3` holds until when place 3 is taken. */
const row = z.record(z.string(), z.unknown());

const attribute = (number: number): string => `p${number}`;

const keyOf = (kind: SlotKind, user: string) => ({ pk: `${kind}#${user}` });

/**
 * Places of users in a table of this region: a row for each user and kind, with an attribute for
 * each place that is taken, or was. Taking a place that is free is one write, and freeing it
 * another one.
 */
export const dynamoConcurrencySlots = (
  db: DynamoDBDocumentClient,
  TableName: string,
): ConcurrencySlots => {
  /** Returns whether the condition held. */
  const update = async (command: UpdateCommand): Promise<boolean> => {
    return isConditionMet(db.send(command));
  };

  const free = async (
    kind: SlotKind,
    user: string,
    { now, ConsistentRead }: { now: number; ConsistentRead: boolean },
  ): Promise<number[]> => {
    const { Item } = await db.send(
      new GetCommand({ TableName, Key: keyOf(kind, user), ConsistentRead }),
    );
    const taken = row.parse(Item ?? {});
    return allSlots(kind).filter((number) => !(Number(taken[attribute(number)] ?? 0) > now));
  };

  return {
    async acquire(kind, user, { now, until }) {
      let choice = allSlots(kind);
      for (let tries = 0; tries < slotAttemptsMax; tries += 1) {
        // A random one: requests that come at the same moment would all want the first.
        const number = choice[Math.floor(Math.random() * choice.length)];
        if (number === undefined) return undefined;
        const taken = await update(
          new UpdateCommand({
            TableName,
            Key: keyOf(kind, user),
            UpdateExpression: "SET #place = :until, expiresAt = :end",
            ConditionExpression: "attribute_not_exists(#place) OR #place <= :now",
            ExpressionAttributeNames: { "#place": attribute(number) },
            ExpressionAttributeValues: {
              ":until": until,
              ":now": now,
              ":end": Math.ceil(until / 1_000),
            },
          }),
        );
        if (taken) return { kind, user, number, until };
        choice = await free(kind, user, { now, ConsistentRead: true });
      }
      return undefined;
    },

    async isFull(kind, user, now) {
      return (await free(kind, user, { now, ConsistentRead: false })).length === 0;
    },

    async release({ kind, user, number, until }) {
      // When the condition fails, its time was over, and another request has it.
      await update(
        new UpdateCommand({
          TableName,
          Key: keyOf(kind, user),
          UpdateExpression: "REMOVE #place",
          ConditionExpression: "#place = :until",
          ExpressionAttributeNames: { "#place": attribute(number) },
          ExpressionAttributeValues: { ":until": until },
        }),
      );
    },
  };
};

const allSlots = (kind: SlotKind): number[] =>
  Array.from({ length: slotsMax[kind] }, (_, number) => number);
