import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";

/** How a table does. */
export interface Described {
  readonly status: string;
  /** The names of its key's attributes. */
  readonly keys: readonly string[];
}

/** Describes a table; `undefined` when there is none. */
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
