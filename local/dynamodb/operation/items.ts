import * as z from "zod";
import { validationError } from "../dynamoError.ts";
import { applyUpdate } from "../expression/applyUpdate.ts";
import { type DocumentPath, project } from "../expression/documentPath.ts";
import { type PlaceholderInput, placeholdersOf } from "../expression/placeholders.ts";
import { parseProjection } from "../expression/projection.ts";
import { parseUpdate, type Update } from "../expression/update.ts";
import { itemBytesMax } from "../limits.ts";
import type { Table } from "../store/tables.ts";
import type { Item } from "../value/attributeValue.ts";
import { itemBytes } from "../value/itemSize.ts";
import { keyAttributes, keyOfItem, keyOfRequest } from "../value/keys.ts";
import { capacityOf, readUnits, writeUnits } from "./capacity.ts";
import { conditionOf, readCondition } from "./condition.ts";
import {
  collectionMetrics,
  consumedCapacity,
  item,
  onConditionFailure,
  placeholderInput,
  tableName,
} from "./input.ts";
import { type Engine, operation } from "./operation.ts";

const conditional = {
  ConditionExpression: z.string().optional(),
  ...placeholderInput,
  ReturnValuesOnConditionCheckFailure: onConditionFailure,
};

const reported = {
  ReturnConsumedCapacity: consumedCapacity,
  ReturnItemCollectionMetrics: collectionMetrics,
};

export const getItem = operation({
  input: z.strictObject({
    TableName: tableName,
    Key: item,
    ConsistentRead: z.boolean().default(false),
    ProjectionExpression: z.string().optional(),
    ExpressionAttributeNames: placeholderInput.ExpressionAttributeNames,
    ReturnConsumedCapacity: consumedCapacity,
  }),
  run({ tables }, input) {
    const table = tables.get(input.TableName);
    const paths = readProjection(input);
    const found = table.rows.get(keyOfRequest(input.Key, table));
    const bytes = found === undefined ? 0 : itemBytes(found);
    return {
      ...(found && { Item: paths ? project(found, paths) : found }),
      ...capacityOf(
        input.ReturnConsumedCapacity,
        table.name,
        readUnits(bytes, input.ConsistentRead),
      ),
    };
  },
});

/** The paths of a request whose only expression is its projection; `undefined` when it has none. */
export const readProjection = ({
  ProjectionExpression,
  ExpressionAttributeNames,
}: PlaceholderInput & {
  readonly ProjectionExpression?: string | undefined;
}): DocumentPath[] | undefined => {
  if (ProjectionExpression === undefined && ExpressionAttributeNames === undefined)
    return undefined;
  const placeholders = placeholdersOf({ ExpressionAttributeNames }, { ProjectionExpression });
  const paths = parseProjection(ProjectionExpression ?? "", placeholders);
  placeholders.assertAllUsed();
  return paths;
};

export const putInput = z.strictObject({ TableName: tableName, Item: item, ...conditional });

export const putItem = operation({
  isWrite: true,
  input: putInput.extend({
    ...reported,
    ReturnValues: z.enum(["NONE", "ALL_OLD"]).default("NONE"),
  }),
  run(engine, input) {
    const table = engine.tables.get(input.TableName);
    const { ReturnValues, ReturnConsumedCapacity } = input;
    const isOldNeeded = ReturnValues !== "NONE" || ReturnConsumedCapacity !== "NONE";
    const { write, old } = preparePut(engine, input, isOldNeeded);
    write();
    return {
      ...(ReturnValues === "ALL_OLD" && old && { Attributes: old }),
      ...writeCapacity(ReturnConsumedCapacity, table, [old, input.Item]),
    };
  },
});

/** Checks a put and prepares its write. The old item is read only if it is needed. */
export const preparePut = (
  engine: Engine,
  input: z.output<typeof putInput>,
  isOldNeeded = false,
): Prepared => {
  const table = engine.tables.get(input.TableName);
  const check = readCondition(input);
  const key = keyOfItem(input.Item, table);
  assertItemBytes(input.Item, "Item size has exceeded the maximum allowed size");
  const old = check || isOldNeeded ? table.rows.get(key) : undefined;
  check?.(old);
  return { write: engine.prepareWrite(table, key, input.Item), old };
};

/** A write whose condition is met. */
interface Prepared {
  readonly write: () => void;
  readonly old: Item | undefined;
}

const assertItemBytes = (given: Item, message: string): void => {
  if (itemBytes(given) > itemBytesMax) throw validationError(message);
};

const writeCapacity = (
  report: z.output<typeof consumedCapacity>,
  table: Table,
  items: readonly (Item | undefined)[],
): object => {
  const sizes = report === "NONE" ? [] : items.map((one) => (one ? itemBytes(one) : 0));
  return capacityOf(report, table.name, writeUnits(Math.max(0, ...sizes)));
};

export const deleteInput = z.strictObject({ TableName: tableName, Key: item, ...conditional });

export const deleteItem = operation({
  isWrite: true,
  input: deleteInput.extend({
    ...reported,
    ReturnValues: z.enum(["NONE", "ALL_OLD"]).default("NONE"),
  }),
  run(engine, input) {
    const table = engine.tables.get(input.TableName);
    const { ReturnValues, ReturnConsumedCapacity } = input;
    const { write, old } = prepareDelete(engine, input);
    write();
    return {
      ...(ReturnValues === "ALL_OLD" && old && { Attributes: old }),
      ...writeCapacity(ReturnConsumedCapacity, table, [old]),
    };
  },
});

/** Checks a deletion and prepares its write. */
export const prepareDelete = (engine: Engine, input: z.output<typeof deleteInput>): Prepared => {
  const table = engine.tables.get(input.TableName);
  const check = readCondition(input);
  const key = keyOfRequest(input.Key, table);
  const old = table.rows.get(key);
  check?.(old);
  return { write: engine.prepareWrite(table, key, undefined), old };
};

export const updateInput = z.strictObject({
  TableName: tableName,
  Key: item,
  UpdateExpression: z.string().optional(),
  ...conditional,
});

export const updateItem = operation({
  isWrite: true,
  input: updateInput.extend({
    ...reported,
    ReturnValues: z
      .enum(["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"])
      .default("NONE"),
  }),
  run(engine, input) {
    const table = engine.tables.get(input.TableName);
    const { write, old, changed, paths } = prepareUpdate(engine, input);
    write();
    const Attributes = returned(input.ReturnValues, { old, changed, paths });
    return {
      ...(Attributes && { Attributes }),
      ...writeCapacity(input.ReturnConsumedCapacity, table, [old, changed]),
    };
  },
});

const returned = (
  asked: string,
  { old, changed, paths }: { old: Item | undefined; changed: Item; paths: readonly DocumentPath[] },
): Item | undefined => {
  switch (asked) {
    case "ALL_OLD":
      return old;
    case "ALL_NEW":
      return changed;
    case "UPDATED_OLD":
      return old && project(old, paths);
    case "UPDATED_NEW":
      return project(changed, paths);
    default:
      return undefined;
  }
};

const noChange: Update = { set: [], remove: [], add: [], delete: [], paths: [] };

/** Checks an update and prepares its write. */
export const prepareUpdate = (
  engine: Engine,
  input: z.output<typeof updateInput>,
): Prepared & { readonly changed: Item; readonly paths: readonly DocumentPath[] } => {
  const table = engine.tables.get(input.TableName);
  const { UpdateExpression, ConditionExpression } = input;
  const placeholders = placeholdersOf(input, { UpdateExpression, ConditionExpression });
  const update =
    UpdateExpression === undefined ? noChange : parseUpdate(UpdateExpression, placeholders);
  const check = conditionOf(input, placeholders);
  placeholders.assertAllUsed();
  assertNoKey(table, update);
  const key = keyOfRequest(input.Key, table);
  const old = table.rows.get(key);
  check?.(old);
  const changed = applyUpdate(old ?? input.Key, update);
  assertItemBytes(changed, "Item size to update has exceeded the maximum allowed size");
  return { write: engine.prepareWrite(table, key, changed), old, changed, paths: update.paths };
};

const assertNoKey = (table: Table, { paths }: Update): void => {
  for (const { name } of keyAttributes(table)) {
    if (paths.some(([first]) => first === name)) {
      throw validationError(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    }
  }
};
