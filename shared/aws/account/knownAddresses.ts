import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { knownAddressDays, knownAddressesMax } from "../../account/verify/limits.ts";
import type { KnownAddresses } from "../../account/verify/rateLimiter.ts";

/** The places of one subject, the newest first. `until` is in seconds since 1970. */
const row = z.object({ places: z.array(z.object({ place: z.string(), until: z.number() })) });

const placeSeconds = knownAddressDays * 86_400;

/** Known places in the table of guesses of this region. Two places that are remembered at once may cost one of them. */
export const dynamoKnownAddresses = (db: DynamoDBDocumentClient, table: string): KnownAddresses => {
  const keyOf = (subject: string) => ({ pk: `places#${subject}` });
  const find = async (subject: string) => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: keyOf(subject) }));
    return Item === undefined ? [] : row.parse(Item).places;
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
      await db.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(subject),
          UpdateExpression: "SET places = :places, expiresAt = :until",
          ExpressionAttributeValues: { ":places": places, ":until": until },
        }),
      );
    },
  };
};
