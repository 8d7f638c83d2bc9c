import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { type ReceivedEvent, receivedEvent } from "../../event/deviceEvent.ts";
import type { FleetEvent, RecentEvents } from "../../stream/ports.ts";
import {
  recentEventsMs,
  recentWriteAttemptsMax,
  recentWriteMsMax,
  recentWriteRetryMs,
} from "../../stream/resume/limits.ts";
import type { Tables } from "../call/tables.ts";
import { sortableTime } from "../platform/rows.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItemsMax = 25;

/** The data is stored as bytes, which are a quarter smaller than base64. */
const row = z.object({ topic: z.string(), id: z.string(), data: z.instanceof(Uint8Array) });

const read = (item: Record<string, unknown>): ReceivedEvent => {
  const { topic, id, data } = row.parse(item);
  const receivedAt = Number(String(item.sk).split("#")[0]);
  return receivedEvent.parse({
    topic,
    id,
    receivedAt,
    data: Buffer.from(data).toString("base64"),
  });
};

const write = ({ fleet, received: { topic, id, receivedAt, data } }: FleetEvent) => ({
  pk: `fleet#${fleet}`,
  sk: `${sortableTime(Math.max(0, receivedAt))}#${id}`,
  topic,
  id,
  data: Buffer.from(data, "base64"),
  expiresAt: Math.ceil((receivedAt + recentEventsMs) / 1_000),
});

/**
 * Recent events in a DynamoDB table of this region, by fleet and time. Expired rows are ignored.
 */
export const dynamoRecentEvents = (db: Tables, table: string, now: () => number): RecentEvents => {
  const putBatch = async (items: Record<string, unknown>[], abortSignal: AbortSignal) => {
    let left = items.map((Item) => ({ PutRequest: { Item } }));
    for (let tries = 0; tries < recentWriteAttemptsMax; tries += 1) {
      if (tries > 0)
        await wait(recentWriteRetryMs * 2 ** tries, undefined, { signal: abortSignal });
      const { UnprocessedItems } = await db.batchWrite(
        { RequestItems: { [table]: left } },
        abortSignal,
      );
      const unprocessed = UnprocessedItems?.[table] ?? [];
      left = unprocessed.flatMap(({ PutRequest }) =>
        PutRequest?.Item === undefined ? [] : [{ PutRequest: { Item: PutRequest.Item } }],
      );
      if (left.length === 0) return;
    }
    throw new Error(`the table did not take ${left.length} recent events`);
  };
  return {
    async put(events) {
      // A BatchWriteItem request must not name a row twice, and SQS may deliver a message twice.
      const rows = new Map(events.map(write).map((one) => [`${one.pk}/${one.sk}`, one]));
      const items = [...rows.values()];
      const signal = AbortSignal.timeout(recentWriteMsMax);
      const batches: Promise<void>[] = [];
      for (let from = 0; from < items.length; from += batchItemsMax) {
        batches.push(putBatch(items.slice(from, from + batchItemsMax), signal));
      }
      await Promise.all(batches);
    },

    async list(fleet, { from, until, after }) {
      const pk = `fleet#${fleet}`;
      const { Items = [], LastEvaluatedKey } = await db.query({
        TableName: table,
        KeyConditionExpression: "pk = :fleet AND sk BETWEEN :from AND :until",
        // Time to live (TTL) removes expired rows late.
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":fleet": pk,
          ":from": sortableTime(Math.max(0, from)),
          ":until": sortableTime(Math.max(0, until + 1)),
          ":now": Math.floor(now() / 1_000),
        },
        ConsistentRead: true,
        ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
      });
      const next = LastEvaluatedKey?.sk;
      return { events: Items.map(read), ...(typeof next === "string" && { next }) };
    },
  };
};
