import * as z from "zod/mini";
import { fromAttributes, type Item, toAttributes } from "./attributeValue.ts";
import { type CallPolicy, isServiceError, ServiceError } from "./call.ts";
import { openJsonCaller } from "./jsonCaller.ts";

export type { Item } from "./attributeValue.ts";

interface Names {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
}

interface Values extends Names {
  readonly ExpressionAttributeValues?: object | undefined;
}

export interface GetInput {
  readonly TableName: string;
  readonly Key: object;
  readonly ConsistentRead?: boolean | undefined;
}

interface WriteInput extends Values {
  readonly TableName: string;
  readonly ConditionExpression?: string | undefined;
  /** With `ALL_OLD`, `ConditionFailed` has the item that did not meet the condition. */
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD" | undefined;
}

export interface PutInput extends WriteInput {
  readonly Item: object;
}

export interface UpdateInput extends WriteInput {
  readonly Key: object;
  readonly UpdateExpression: string;
  readonly ReturnValues?: "ALL_NEW" | "UPDATED_NEW" | undefined;
}

export interface DeleteInput extends WriteInput {
  readonly Key: object;
  readonly ReturnValues?: "ALL_OLD" | undefined;
}

interface PageInput extends Values {
  readonly TableName: string;
  readonly IndexName?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly Limit?: number | undefined;
  readonly ExclusiveStartKey?: object | undefined;
}

export interface QueryInput extends PageInput {
  readonly KeyConditionExpression: string;
  readonly ScanIndexForward?: boolean | undefined;
  readonly Select?: "COUNT" | undefined;
}

export type ScanInput = PageInput;

/** A page of a query or of a scan; the last one has no `LastEvaluatedKey`. */
export interface Page {
  readonly Items: Item[];
  /** The number of items, also if they were not selected. */
  readonly Count: number;
  readonly LastEvaluatedKey?: Item | undefined;
}

/** The keys of one table in a request for several items. */
interface BatchKeys {
  readonly Keys: readonly object[];
  readonly ConsistentRead?: boolean | undefined;
}

/** Up to 100 keys, by table. */
export interface BatchGetInput {
  readonly RequestItems: Readonly<Record<string, BatchKeys>>;
}

interface BatchGetOutput {
  readonly Responses: Readonly<Record<string, Item[]>>;
  /** The keys that were not read. */
  readonly UnprocessedKeys: Readonly<Record<string, { readonly Keys: Item[] }>>;
}

type Write =
  | { readonly PutRequest: { readonly Item: object } }
  | { readonly DeleteRequest: { readonly Key: object } };

/** Up to 25 items to write or to delete, by table. */
export interface BatchWriteInput {
  readonly RequestItems: Readonly<Record<string, readonly Write[]>>;
}

interface UnprocessedWrite {
  readonly PutRequest?: { readonly Item: Item } | undefined;
  readonly DeleteRequest?: { readonly Key: Item } | undefined;
}

interface BatchWriteOutput {
  /** The changes that were not made. */
  readonly UnprocessedItems: Readonly<Record<string, UnprocessedWrite[]>>;
}

/** The attributes that `ReturnValues` selects. */
interface WriteOutput {
  readonly Attributes?: Item | undefined;
}

/**
 * The operations of DynamoDB that functions use, with values of JavaScript as attributes, and with
 * the parameters of the API. They fail with `ConditionFailed`, or with a `ServiceError` that has
 * the name of DynamoDB's exception.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations.html
 */
export interface Tables {
  /** The region of the tables. */
  readonly region: string;
  get(input: GetInput): Promise<{ readonly Item?: Item | undefined }>;
  put(input: PutInput): Promise<void>;
  update(input: UpdateInput): Promise<WriteOutput>;
  delete(input: DeleteInput): Promise<WriteOutput>;
  query(input: QueryInput): Promise<Page>;
  scan(input: ScanInput): Promise<Page>;
  batchGet(input: BatchGetInput): Promise<BatchGetOutput>;
  batchWrite(input: BatchWriteInput, signal?: AbortSignal): Promise<BatchWriteOutput>;
}

const conditionFailedName = "ConditionalCheckFailedException";

/** A conditional write whose condition was not met. */
export class ConditionFailed extends ServiceError {
  /** The stored item, if the write requested it and it exists. */
  readonly item: Item | undefined;

  constructor({ message, $metadata, fields }: ServiceError) {
    super(conditionFailedName, { message, status: $metadata.httpStatusCode, fields });
    this.item = fields.Item === undefined ? undefined : fromAttributes(fields.Item);
  }
}

const attributes = z.pipe(z.unknown(), z.transform(fromAttributes));
const getReply = z.object({ Item: z.optional(attributes) });
const writeReply = z.object({ Attributes: z.optional(attributes) });
const pageReply = z.object({
  Items: z._default(z.array(attributes), []),
  Count: z._default(z.number(), 0),
  LastEvaluatedKey: z.optional(attributes),
});
const batchGetReply = z.object({
  Responses: z._default(z.record(z.string(), z.array(attributes)), {}),
  UnprocessedKeys: z._default(z.record(z.string(), z.object({ Keys: z.array(attributes) })), {}),
});
const unprocessedWrite = z.object({
  PutRequest: z.optional(z.object({ Item: attributes })),
  DeleteRequest: z.optional(z.object({ Key: attributes })),
});
const batchWriteReply = z.object({
  UnprocessedItems: z._default(z.record(z.string(), z.array(unprocessedWrite)), {}),
});

/** DynamoDB in this region, or in another one if given, over its JSON protocol. */
export const openTableClient = (
  policy: CallPolicy,
  region = process.env.AWS_REGION ?? "",
): Tables => {
  const service = { name: "dynamodb", target: "DynamoDB_20120810", version: "1.0" } as const;
  const send = openJsonCaller(service, policy, region);
  const call = async (action: string, input: object, signal?: AbortSignal): Promise<unknown> => {
    try {
      return await send(action, input, signal);
    } catch (error) {
      throw isServiceError(error, conditionFailedName) ? new ConditionFailed(error) : error;
    }
  };
  return {
    region,
    async get({ Key, ...input }) {
      return getReply.parse(await call("GetItem", { ...input, Key: toAttributes(Key) }));
    },
    async put({ Item, ...input }) {
      await call("PutItem", { ...withValues(input), Item: toAttributes(Item) });
    },
    async update({ Key, ...input }) {
      const request = { ...withValues(input), Key: toAttributes(Key) };
      return writeReply.parse(await call("UpdateItem", request));
    },
    async delete({ Key, ...input }) {
      const request = { ...withValues(input), Key: toAttributes(Key) };
      return writeReply.parse(await call("DeleteItem", request));
    },
    async query(input) {
      return pageReply.parse(await call("Query", pageRequest(input)));
    },
    async scan(input) {
      return pageReply.parse(await call("Scan", pageRequest(input)));
    },
    async batchGet({ RequestItems }) {
      const tables = Object.entries(RequestItems).map(([table, { Keys, ...rest }]) => [
        table,
        { ...rest, Keys: Keys.map(toAttributes) },
      ]);
      const request = { RequestItems: Object.fromEntries(tables) };
      return batchGetReply.parse(await call("BatchGetItem", request));
    },
    async batchWrite({ RequestItems }, signal) {
      const tables = Object.entries(RequestItems).map(([table, writes]) => [
        table,
        writes.map(writeRequest),
      ]);
      const request = { RequestItems: Object.fromEntries(tables) };
      return batchWriteReply.parse(await call("BatchWriteItem", request, signal));
    },
  };
};

const withValues = <Input extends Values>({ ExpressionAttributeValues, ...input }: Input) => ({
  ...input,
  ...(ExpressionAttributeValues !== undefined && {
    ExpressionAttributeValues: toAttributes(ExpressionAttributeValues),
  }),
});

const pageRequest = ({ ExclusiveStartKey, ...input }: PageInput) => ({
  ...withValues(input),
  ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey: toAttributes(ExclusiveStartKey) }),
});

const writeRequest = (write: Write): object =>
  "PutRequest" in write
    ? { PutRequest: { Item: toAttributes(write.PutRequest.Item) } }
    : { DeleteRequest: { Key: toAttributes(write.DeleteRequest.Key) } };

/** All pages of a query. */
export async function* queryPages(tables: Tables, input: QueryInput): AsyncGenerator<Page> {
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await tables.query({ ...input, ExclusiveStartKey });
    yield page;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
