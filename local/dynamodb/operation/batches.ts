import * as z from "zod";
import { validationError } from "../dynamoError.ts";
import { project } from "../expression/documentPath.ts";
import { batchBytesMax, batchGetKeysMax, batchWriteItemsMax, itemBytesMax } from "../limits.ts";
import type { Item } from "../value/attributeValue.ts";
import { itemBytes } from "../value/itemSize.ts";
import { keyOfItem, keyOfRequest } from "../value/keys.ts";
import { rowKeyOf } from "../value/rowKey.ts";
import { capacitiesOf, readUnits, writeUnits } from "./capacity.ts";
import { collectionMetrics, consumedCapacity, item, names, tableName } from "./input.ts";
import { readProjection } from "./items.ts";
import { operation } from "./operation.ts";

const duplicates = () => validationError("Provided list of item keys contains duplicates");

export const batchGetItem = operation({
  input: z.strictObject({
    RequestItems: z.record(
      tableName,
      z.strictObject({
        Keys: z.array(item).min(1).max(batchGetKeysMax),
        ConsistentRead: z.boolean().optional(),
        ProjectionExpression: z.string().optional(),
        ExpressionAttributeNames: names,
      }),
    ),
    ReturnConsumedCapacity: consumedCapacity,
  }),
  run({ tables }, { RequestItems, ReturnConsumedCapacity }) {
    const requests = Object.entries(RequestItems);
    assertNotEmpty(requests);
    const total = requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
    if (total > batchGetKeysMax) {
      throw validationError("Too many items requested for the BatchGetItem call");
    }
    const responses: [string, Item[]][] = [];
    const left: [string, object][] = [];
    const units = new Map<string, number>();
    let bytes = 0;
    for (const [name, request] of requests) {
      const table = tables.get(name);
      const paths = readProjection(request);
      const keys = request.Keys.map((key) => keyOfRequest(key, table));
      if (new Set(keys.map(rowKeyOf)).size < keys.length) throw duplicates();
      const found: Item[] = [];
      const unread: Item[] = [];
      for (const [i, key] of keys.entries()) {
        const one = bytes < batchBytesMax ? table.rows.get(key) : undefined;
        if (bytes >= batchBytesMax) unread.push(request.Keys[i] ?? {});
        if (one === undefined) continue;
        const size = itemBytes(one);
        bytes += size;
        units.set(name, (units.get(name) ?? 0) + readUnits(size, request.ConsistentRead === true));
        found.push(paths === undefined ? one : project(one, paths));
      }
      responses.push([name, found]);
      if (unread.length > 0) left.push([name, { ...request, Keys: unread }]);
    }
    return {
      Responses: Object.fromEntries(responses),
      UnprocessedKeys: Object.fromEntries(left),
      ...capacitiesOf(ReturnConsumedCapacity, units),
    };
  },
});

const assertNotEmpty = (requests: readonly unknown[]): void => {
  if (requests.length === 0) {
    throw validationError(
      "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
};

const writeRequest = z
  .strictObject({
    PutRequest: z.strictObject({ Item: item }).optional(),
    DeleteRequest: z.strictObject({ Key: item }).optional(),
  })
  .refine(
    ({ PutRequest, DeleteRequest }) => (PutRequest === undefined) !== (DeleteRequest === undefined),
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of PutRequest and DeleteRequest",
  );

export const batchWriteItem = operation({
  isWrite: true,
  input: z.strictObject({
    RequestItems: z.record(tableName, z.array(writeRequest).min(1)),
    ReturnConsumedCapacity: consumedCapacity,
    ReturnItemCollectionMetrics: collectionMetrics,
  }),
  run(engine, { RequestItems, ReturnConsumedCapacity }) {
    const requests = Object.entries(RequestItems);
    assertNotEmpty(requests);
    const total = requests.reduce((sum, [, list]) => sum + list.length, 0);
    if (total > batchWriteItemsMax) {
      throw validationError("Too many items requested for the BatchWriteItem call");
    }
    const units = new Map<string, number>();
    const writes = requests.flatMap(([name, list]) => {
      const table = engine.tables.get(name);
      const keys = new Set<string>();
      return list.map(({ PutRequest, DeleteRequest }) => {
        const given = PutRequest?.Item;
        const key =
          given === undefined
            ? keyOfRequest(DeleteRequest?.Key ?? {}, table)
            : keyOfItem(given, table);
        const size = given === undefined ? 0 : itemBytes(given);
        if (size > itemBytesMax) {
          throw validationError("Item size has exceeded the maximum allowed size");
        }
        if (keys.has(rowKeyOf(key))) throw duplicates();
        keys.add(rowKeyOf(key));
        units.set(name, (units.get(name) ?? 0) + writeUnits(size));
        return engine.prepareWrite(table, key, given);
      });
    });
    for (const write of writes) write();
    return { UnprocessedItems: {}, ...capacitiesOf(ReturnConsumedCapacity, units) };
  },
});
