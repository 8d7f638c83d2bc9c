import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";

/** Waits for a conditional write. Returns `false` when its condition did not hold. */
export const ifStill = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};
