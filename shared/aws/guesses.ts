import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
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

/**
 * Guesses in a table of this region, in whole seconds. Each step is one conditional write, so guesses that
 * come together are counted one by one. Somebody who guesses in several regions has as many counts.
 */
export const dynamoGuesses = (db: DynamoDBDocumentClient, table: string): Guesses => {
  /** Answers 0 when the condition held; else when the next slow guess is let through, as far as it is known. */
  const update = async (pk: string, change: Update): Promise<number> => {
    try {
      await db.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk },
          ...change,
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return 0;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return Number(error.Item?.openAt?.N ?? 1);
    }
  };
  return {
    async take(subject, nowMs) {
      const now = Math.floor(nowMs / 1_000);
      for (const step of [further, first, further]) {
        if ((await update(subject, step(now))) === 0) return 0;
      }
      const openAt = await update(subject, slow(now));
      return openAt === 0 ? 0 : Math.max(1, openAt - now);
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
