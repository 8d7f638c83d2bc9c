import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { attemptsWindowSeconds } from "../../account/verify/limits.ts";
import type { RateLimit } from "../../account/verify/rateLimit.ts";
import type { RateLimiter } from "../../account/verify/rateLimiter.ts";
import { conditionHolds } from "../platform/conditionHolds.ts";
import { dynamoKnownAddresses } from "./knownAddresses.ts";

type Update = Pick<
  UpdateCommandInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
>;

/** One of those that are let through at once, mostly also the first of all. */
const early = (now: number, { max }: RateLimit): Update => ({
  UpdateExpression: "SET expiresAt = if_not_exists(expiresAt, :end) ADD guesses :one",
  ConditionExpression: "attribute_not_exists(pk) OR (guesses < :max AND expiresAt > :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": max,
    ":now": now,
    ":end": now + attemptsWindowSeconds,
  },
});

/** The first after a window that is over. */
const again = (now: number): Update => ({
  UpdateExpression: "SET guesses = :one, expiresAt = :end REMOVE openAt",
  ConditionExpression: "expiresAt <= :now",
  ExpressionAttributeValues: { ":one": 1, ":end": now + attemptsWindowSeconds, ":now": now },
});

/** One of those that are let through from time to time. It makes the window longer: who goes on stays slow. */
const slow = (now: number, { max, intervalSeconds }: RateLimit): Update => ({
  UpdateExpression: "SET openAt = :next, expiresAt = :end ADD guesses :one",
  ConditionExpression:
    "guesses >= :max AND expiresAt > :now AND (attribute_not_exists(openAt) OR openAt <= :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": max,
    ":now": now,
    ":next": now + intervalSeconds,
    ":end": now + attemptsWindowSeconds,
  },
});

/** What is known of a subject's guesses. */
const row = z.object({
  guesses: z.number(),
  expiresAt: z.number(),
  openAt: z.number().default(0),
});

/** What a guess does that found this. */
const next = (found: z.output<typeof row> | undefined, now: number, limit: RateLimit): Update => {
  if (found === undefined) return early(now, limit);
  if (found.expiresAt <= now) return again(now);
  return found.guesses < limit.max ? early(now, limit) : slow(now, limit);
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
export const dynamoRateLimiter = (db: DynamoDBDocumentClient, table: string): RateLimiter => {
  /** Answers whether the condition held. */
  const update = async (pk: string, change: Update): Promise<boolean> => {
    return conditionHolds(db.send(new UpdateCommand({ TableName: table, Key: { pk }, ...change })));
  };
  const look = async (pk: string) => {
    const get = new GetCommand({ TableName: table, Key: { pk }, ConsistentRead: true });
    const { Item } = await db.send(get);
    return Item && row.parse(Item);
  };
  const acquire = async (subject: string, now: number, limit: RateLimit): Promise<number> => {
    if (await update(subject, early(now, limit))) return 0;
    for (let looks = 0; looks < looksMax; looks += 1) {
      const found = await look(subject);
      if (found !== undefined && found.openAt > now) return found.openAt - now;
      if (await update(subject, next(found, now, limit))) return 0;
    }
    return limit.intervalSeconds;
  };
  return {
    ...dynamoKnownAddresses(db, table),

    async acquire(subject, nowMs, limit) {
      try {
        return await acquire(subject, Math.floor(nowMs / 1_000), limit);
      } catch (error) {
        if (isThrottled(error)) return limit.intervalSeconds;
        throw error;
      }
    },

    async release(subject) {
      await update(subject, {
        UpdateExpression: "ADD guesses :less",
        ConditionExpression: "guesses > :none",
        ExpressionAttributeValues: { ":less": -1, ":none": 0 },
      });
    },

    async reset(subject) {
      await db.send(new DeleteCommand({ TableName: table, Key: { pk: subject } }));
    },
  };
};
