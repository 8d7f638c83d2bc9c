import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import type { Owed, Provisioning } from "../ports.ts";

const certificateKey = (device: string) => ({ pk: `device#${device}`, sk: "certificate" });
const endpointKey = (region: string) => ({ pk: `region#${region}`, sk: "endpoint" });
const owedKey = (region: string, device: string) => ({ pk: `owed#${region}`, sk: device });

const owedRow = z.object({ sk: z.string(), fleet: z.string(), since: z.number() });

const readOwed = (item: unknown): Owed => {
  const { sk: device, fleet, since } = owedRow.parse(item);
  return { device, fleet, since };
};

/** Beside the devices, in their global table: rows that its index leaves out. */
export const dynamoProvisioning = (
  db: DynamoDBDocumentClient,
  table: string,
  here: string,
): Provisioning => {
  const find = async (Key: { pk: string; sk: string }, name: string) => {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key }));
    const value: unknown = Item?.[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    async keepCertificate(device, certificate) {
      const Item = { ...certificateKey(device), certificate };
      await db.send(new PutCommand({ TableName: table, Item }));
    },

    certificate: (device) => find(certificateKey(device), "certificate"),

    async owe({ device, fleet, since }, regions) {
      for (const region of regions) {
        // It has a fleet and no `nameKey`, so it is not in the index of a fleet's devices.
        const Item = { ...owedKey(region, device), fleet, since };
        await db.send(new PutCommand({ TableName: table, Item }));
      }
    },

    async owed({ limit, after }) {
      const { Items = [], LastEvaluatedKey } = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :owed",
          ExpressionAttributeValues: { ":owed": owedKey(here, "").pk },
          Limit: limit,
          ExclusiveStartKey: after === undefined ? undefined : owedKey(here, after),
        }),
      );
      const next = LastEvaluatedKey?.sk;
      return { owed: Items.map(readOwed), ...(typeof next === "string" && { next }) };
    },

    async countOwed(region, max) {
      const { Count = 0 } = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :owed",
          ExpressionAttributeValues: { ":owed": owedKey(region, "").pk },
          Limit: max,
          Select: "COUNT",
        }),
      );
      return Count;
    },

    async settle({ device, since }) {
      try {
        await db.send(
          new DeleteCommand({
            TableName: table,
            Key: owedKey(here, device),
            ConditionExpression: "since = :since",
            ExpressionAttributeValues: { ":since": since },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async keepEndpoint(url) {
      const Item = { ...endpointKey(here), url };
      await db.send(new PutCommand({ TableName: table, Item }));
    },

    endpoint: (region) => find(endpointKey(region), "url"),
  };
};
