import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { streamPlaceTriesMax, streamsPerFleetMax } from "../limits.ts";
import type { StreamPlaces } from "../ports.ts";

const row = z.object({ sk: z.string(), until: z.number() });

const partition = (fleet: string): string => `streams#${fleet}`;

const placeOf = (number: number): string => String(number).padStart(4, "0");

/** A fleet's places for streams in a table of this region: a row for each that is taken, or was. */
export const dynamoStreamPlaces = (db: DynamoDBDocumentClient, table: string): StreamPlaces => {
  const takenOf = async (fleet: string, now: number): Promise<ReadonlySet<string>> => {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :streams",
        ExpressionAttributeValues: { ":streams": partition(fleet) },
        ConsistentRead: true,
        Limit: streamsPerFleetMax,
      }),
    );
    const rows = Items.map((item) => row.parse(item));
    return new Set(rows.filter(({ until }) => until > now).map(({ sk }) => sk));
  };

  /** Answers whether it was free. */
  const put = async (fleet: string, place: string, { now, until }: Times): Promise<boolean> => {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...{ pk: partition(fleet), sk: place, until },
            expiresAt: Math.ceil(until / 1_000),
          },
          ConditionExpression: "attribute_not_exists(pk) OR #until <= :now",
          ExpressionAttributeNames: { "#until": "until" },
          ExpressionAttributeValues: { ":now": now },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async take(fleet, times) {
      for (let tries = 0; tries < streamPlaceTriesMax; tries += 1) {
        const taken = await takenOf(fleet, times.now);
        const free = allPlaces.filter((place) => !taken.has(place));
        // Any of them: those that come at the same moment would all want the first.
        const place = free[Math.floor(Math.random() * free.length)];
        if (place === undefined) return undefined;
        if (await put(fleet, place, times)) return { fleet, place, until: times.until };
      }
      return undefined;
    },

    async giveBack({ fleet, place, until }) {
      try {
        await db.send(
          new DeleteCommand({
            TableName: table,
            Key: { pk: partition(fleet), sk: place },
            ConditionExpression: "#until = :until",
            ExpressionAttributeNames: { "#until": "until" },
            ExpressionAttributeValues: { ":until": until },
          }),
        );
      } catch (error) {
        // Its time was over, and another stream has it.
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
};

interface Times {
  readonly now: number;
  readonly until: number;
}

const allPlaces = Array.from({ length: streamsPerFleetMax }, (_, i) => placeOf(i));
