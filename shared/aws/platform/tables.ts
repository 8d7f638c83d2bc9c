import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { patience } from "./clients.ts";

/** The way to the tables of a region: of this one, unless it is said. `undefined` members of a row are left out. */
export const openTables = (
  waiting: Pick<DynamoDBClientConfig, "maxAttempts" | "region" | "requestHandler"> = patience,
): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(waiting), {
    marshallOptions: { removeUndefinedValues: true },
  });
