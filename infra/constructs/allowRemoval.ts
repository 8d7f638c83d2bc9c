import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { FirmwareImages } from "./firmwareImages.ts";
import type { GlobalTables } from "./globalTables.ts";

/**
 * Lets a function remove what belongs to a product: its integrations, their dead letters, groups,
 * firmware versions, key documents, and the images of it alone.
 */
export const allowRemoval = (
  worker: IFunction,
  tables: GlobalTables,
  images: FirmwareImages,
): void => {
  tables.integrations.grant(worker, "dynamodb:Query", "dynamodb:DeleteItem");
  tables.deadLetters.grant(worker, "dynamodb:Query", "dynamodb:BatchWriteItem");
  tables.firmware.grant(
    worker,
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
  );
  images.allowDelete(worker);
};
