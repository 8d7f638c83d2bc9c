import * as z from "zod/mini";
import {
  attemptsWindowSeconds,
  knownAddressDays,
  knownAddressesMax,
} from "../../account/verify/limits.ts";
import type { KnownAddresses, RateLimit, RateLimiter } from "../../account/verify/rateLimit.ts";
import { daySeconds } from "../../platform/durations.ts";
import type { GetInput, Tables, UpdateInput } from "../call/tables.ts";
import { isConditionMet } from "../platform/rows.ts";

/** The addresses of one subject, newest first. `until` is in seconds since 1970. */
const addressesRow = z.object({
  places: z.array(z.object({ place: z.string(), until: z.number() })),
});

const placeSeconds = knownAddressDays * daySeconds;

/**
 * Known addresses in the table of rate limits of this region. Of two concurrent additions, one may
 * be lost.
 */
export const dynamoKnownAddresses = (db: Tables, table: string): KnownAddresses => {
  const keyOf = (subject: string) => ({ pk: `places#${subject}` });
  const find = async (subject: string) => {
    const { Item } = await db.get({ TableName: table, Key: keyOf(subject) });
    return Item === undefined ? [] : addressesRow.parse(Item).places;
  };
  return {
    async isKnownAddress(subject, place, now) {
      const places = await find(subject);
      return places.some((one) => one.place === place && one.until > now / 1_000);
    },

    async addKnownAddress(subject, place, now) {
      const until = Math.floor(now / 1_000) + placeSeconds;
      const others = (await find(subject)).filter((one) => one.place !== place);
      const places = [{ place, until }, ...others].slice(0, knownAddressesMax);
      await db.update({
        TableName: table,
        Key: keyOf(subject),
        UpdateExpression: "SET places = :places, expiresAt = :until",
        ExpressionAttributeValues: { ":places": places, ":until": until },
      });
    },
  };
};

type Update = Pick<
  UpdateInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
>;

/** An attempt below the limit, including the first one. */
const burst = (now: number, { max }: RateLimit): Update => ({
  UpdateExpression: "SET expiresAt = if_not_exists(expiresAt, :end) ADD guesses :one",
  ConditionExpression: "attribute_not_exists(pk) OR (guesses < :max AND expiresAt > :now)",
  ExpressionAttributeValues: {
    ":one": 1,
    ":max": max,
    ":now": now,
    ":end": now + attemptsWindowSeconds,
  },
});

/** The first attempt after the window has expired. */
const newWindow = (now: number): Update => ({
  UpdateExpression: "SET guesses = :one, expiresAt = :end REMOVE openAt",
  ConditionExpression: "expiresAt <= :now",
  ExpressionAttributeValues: { ":one": 1, ":end": now + attemptsWindowSeconds, ":now": now },
});

/** An attempt above the limit. It extends the window, so a client that continues stays limited. */
const throttled = (now: number, { max, intervalSeconds }: RateLimit): Update => ({
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

/** The attempts of a subject, as stored. */
const row = z.object({
  guesses: z.number(),
  expiresAt: z.number(),
  openAt: z._default(z.number(), 0),
});

/** The update of an attempt, given the stored row. */
const nextUpdate = (
  found: z.output<typeof row> | undefined,
  now: number,
  limit: RateLimit,
): Update => {
  if (found === undefined) return burst(now, limit);
  if (found.expiresAt <= now) return newWindow(now);
  return found.guesses < limit.max ? burst(now, limit) : throttled(now, limit);
};

/**
 * DynamoDB throttles the key of one subject after too many requests. This counts as too many
 * attempts, not as an outage of the table.
 */
const isThrottled = (error: unknown): boolean =>
  error instanceof Error &&
  ["ThrottlingException", "ProvisionedThroughputExceededException"].includes(error.name);

/** Maximum number of reads of an attempt whose update conflicts with concurrent attempts. */
const attemptsMax = 4;

/**
 * Rate limits in a table of this region, with a resolution of seconds. Each allowed attempt is one
 * conditional write, so concurrent attempts are counted exactly. Attempts in several regions are
 * counted separately.
 */
export const dynamoRateLimiter = (db: Tables, table: string): RateLimiter => {
  /** Returns whether the condition was met. */
  const update = async (pk: string, change: Update): Promise<boolean> => {
    return isConditionMet(db.update({ TableName: table, Key: { pk }, ...change }));
  };
  const readRow = async (pk: string) => {
    const get: GetInput = { TableName: table, Key: { pk }, ConsistentRead: true };
    const { Item } = await db.get(get);
    return Item && row.parse(Item);
  };
  const acquire = async (subject: string, now: number, limit: RateLimit): Promise<number> => {
    if (await update(subject, burst(now, limit))) return 0;
    for (let attempts = 0; attempts < attemptsMax; attempts += 1) {
      const found = await readRow(subject);
      if (found !== undefined && found.openAt > now) return found.openAt - now;
      if (await update(subject, nextUpdate(found, now, limit))) return 0;
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
      await db.delete({ TableName: table, Key: { pk: subject } });
    },
  };
};
