import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { guessesMax, guessesSlowSeconds, guessesWindowSeconds } from "../limits.ts";
import type { Guesses } from "../ports.ts";

type Update = Pick<
  UpdateCommandInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
>;

/** The first guess of a window. */
const first = (now: number): Update => ({
  UpdateExpression: "SET guesses = :one, expiresAt = :end REMOVE openAt",
  ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
  ExpressionAttributeValues: { ":one": 1, ":end": now + guessesWindowSeconds, ":now": now },
});

/** One of those that are let through at once. */
const further = (now: number): Update => ({
  UpdateExpression: "ADD guesses :one",
  ConditionExpression: "guesses < :max AND expiresAt > :now",
  ExpressionAttributeValues: { ":one": 1, ":max": guessesMax, ":now": now },
});

/** One of those that are let through from time to time. It makes the window longer: who goes on stays slow. */
const slow = (now: number): Update => ({
  UpdateExpression: "SET openAt = :next, expiresAt = :end ADD guesses :one",
  ConditionExpression:
    "guesses >= :max AND expiresAt > :now AND (attribute_not_exists(openAt) OR openAt <= :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": guessesMax,
    ":now": now,
    ":next": now + guessesSlowSeconds,
    ":end": now + guessesWindowSeconds,
  },
});

/** What is known of a subject's guesses. */
const row = z.object({
  guesses: z.number(),
  expiresAt: z.number(),
  openAt: z.number().default(0),
});

/** Guesses that come together change the row under each other: a guess looks again so often. */
const looksMax = 4;

/**
 * Guesses in a table of this region, in whole seconds. Each one that is let through is one conditional write, so
 * those that come together are counted one by one. Somebody who guesses in several regions has as many counts.
 */
export const dynamoGuesses = (db: DynamoDBDocumentClient, table: string): Guesses => {
  /** Answers whether the condition held. */
  const update = async (pk: string, change: Update): Promise<boolean> => {
    try {
      await db.send(new UpdateCommand({ TableName: table, Key: { pk }, ...change }));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return false;
    }
  };
  const look = async (pk: string) => {
    const get = new GetCommand({ TableName: table, Key: { pk }, ConsistentRead: true });
    const { Item } = await db.send(get);
    return Item && row.parse(Item);
  };
  return {
    async take(subject, nowMs) {
      const now = Math.floor(nowMs / 1_000);
      if (await update(subject, further(now))) return 0;
      for (let looks = 0; looks < looksMax; looks += 1) {
        const found = await look(subject);
        const fresh = found !== undefined && found.expiresAt > now;
        const full = fresh && found.guesses >= guessesMax;
        if (full && found.openAt > now) return found.openAt - now;
        const step = full ? slow : fresh ? further : first;
        if (await update(subject, step(now))) return 0;
      }
      return guessesSlowSeconds;
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
