import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { GuessBound } from "../../account/verify/guessBound.ts";
import type { Guesses } from "../../account/verify/knownPlaces.ts";
import { guessesWindowSeconds } from "../../account/verify/limits.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";
import { dynamoKnownPlaces } from "./knownPlaces.ts";

type Update = Pick<
  UpdateCommandInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
>;

/** One of those that are let through at once, mostly also the first of all. */
const early = (now: number, { max }: GuessBound): Update => ({
  UpdateExpression: "SET expiresAt = if_not_exists(expiresAt, :end) ADD guesses :one",
  ConditionExpression: "attribute_not_exists(pk) OR (guesses < :max AND expiresAt > :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": max,
    ":now": now,
    ":end": now + guessesWindowSeconds,
  },
});

/** The first after a window that is over. */
const again = (now: number): Update => ({
  UpdateExpression: "SET guesses = :one, expiresAt = :end REMOVE openAt",
  ConditionExpression: "expiresAt <= :now",
  ExpressionAttributeValues: { ":one": 1, ":end": now + guessesWindowSeconds, ":now": now },
});

/** One of those that are let through from time to time. It makes the window longer: who goes on stays slow. */
const slow = (now: number, { max, slowSeconds }: GuessBound): Update => ({
  UpdateExpression: "SET openAt = :next, expiresAt = :end ADD guesses :one",
  ConditionExpression:
    "guesses >= :max AND expiresAt > :now AND (attribute_not_exists(openAt) OR openAt <= :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": max,
    ":now": now,
    ":next": now + slowSeconds,
    ":end": now + guessesWindowSeconds,
  },
});

/** What is known of a subject's guesses. */
const row = z.object({
  guesses: z.number(),
  expiresAt: z.number(),
  openAt: z.number().default(0),
});

/** What a guess does that found this. */
const next = (found: z.output<typeof row> | undefined, now: number, bound: GuessBound): Update => {
  if (found === undefined) return early(now, bound);
  if (found.expiresAt <= now) return again(now);
  return found.guesses < bound.max ? early(now, bound) : slow(now, bound);
};

/** More guesses at one subject than DynamoDB lets through for one key are too many, and no failure of the table. */
const isThrottled = (error: unknown): boolean =>
  error instanceof Error &&
  ["ThrottlingException", "ProvisionedThroughputExceededException"].includes(error.name);

/** Guesses that come together change the row under each other: a guess looks again so often. */
const looksMax = 4;

/**
 * Guesses in a table of this region, in whole seconds. Each one that is let through is one conditional write, so
 * those that come together are counted one by one. Somebody who guesses in several regions has as many counts.
 */
export const dynamoGuesses = (db: DynamoDBDocumentClient, table: string): Guesses => {
  /** Answers whether the condition held. */
  const update = async (pk: string, change: Update): Promise<boolean> => {
    return conditionHolds(db.send(new UpdateCommand({ TableName: table, Key: { pk }, ...change })));
  };
  const look = async (pk: string) => {
    const get = new GetCommand({ TableName: table, Key: { pk }, ConsistentRead: true });
    const { Item } = await db.send(get);
    return Item && row.parse(Item);
  };
  const take = async (subject: string, now: number, bound: GuessBound): Promise<number> => {
    if (await update(subject, early(now, bound))) return 0;
    for (let looks = 0; looks < looksMax; looks += 1) {
      const found = await look(subject);
      if (found !== undefined && found.openAt > now) return found.openAt - now;
      if (await update(subject, next(found, now, bound))) return 0;
    }
    return bound.slowSeconds;
  };
  return {
    ...dynamoKnownPlaces(db, table),

    async take(subject, nowMs, bound) {
      try {
        return await take(subject, Math.floor(nowMs / 1_000), bound);
      } catch (error) {
        if (isThrottled(error)) return bound.slowSeconds;
        throw error;
      }
    },

    async giveBack(subject) {
      await update(subject, {
        UpdateExpression: "ADD guesses :less",
        ConditionExpression: "guesses > :none",
        ExpressionAttributeValues: { ":less": -1, ":none": 0 },
      });
    },

    async clear(subject) {
      await db.send(new DeleteCommand({ TableName: table, Key: { pk: subject } }));
    },
  };
};
