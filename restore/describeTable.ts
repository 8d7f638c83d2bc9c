import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";

/** The state of a table. */
export interface Described {
  readonly status: string;
  /** The attribute names of the key. */
  readonly keys: readonly string[];
}

/** Describes a table; `undefined` when it does not exist. */
export const describeTable = async (
  db: DynamoDBClient,
  TableName: string,
): Promise<Described | undefined> => {
  try {
    const { Table } = await db.send(new DescribeTableCommand({ TableName }));
    const keys = (Table?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []);
    return { status: Table?.TableStatus ?? "", keys };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};
