import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { device as schema } from "../device/device.ts";
import { devicesPerFleetListedMax } from "../limits.ts";
import type { Devices } from "../ports.ts";

const fleetKey = (fleet: string) => `fleet#${fleet}`;

/** Devices in a DynamoDB global table, by fleet. */
export const dynamoDevices = (db: DynamoDBDocumentClient, table: string): Devices => ({
  async list(fleet) {
    // 1,000 rows of 250 bytes fit one page of 1 MB.
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :fleet",
        ExpressionAttributeValues: { ":fleet": fleetKey(fleet) },
        Limit: devicesPerFleetListedMax,
      }),
    );
    return Items.map((item) => schema.parse(item));
  },

  async add(device) {
    await db.send(
      new PutCommand({
        TableName: table,
        Item: { pk: fleetKey(device.fleet), sk: `device#${device.id}`, ...device },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  },
});
