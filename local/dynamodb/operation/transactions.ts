import { createHash } from "node:crypto";
import * as z from "zod";
import { DynamoError, validationError } from "../dynamoError.ts";
import { project } from "../expression/documentPath.ts";
import {
  requestTokenMs,
  requestTokensMax,
  transactionActionsMax,
  transactionBytesMax,
} from "../limits.ts";
import { itemBytes } from "../value/itemSize.ts";
import { type KeyBytes, keyOfItem, keyOfRequest } from "../value/keys.ts";
import { rowKeyOf } from "../value/rowKey.ts";
import { capacitiesOf, readUnits, writeUnits } from "./capacity.ts";
import { readCondition } from "./condition.ts";
import {
  collectionMetrics,
  consumedCapacity,
  item,
  names,
  onConditionFailure,
  placeholderInput,
  tableName,
} from "./input.ts";
import {
  deleteInput,
  prepareDelete,
  preparePut,
  prepareUpdate,
  putInput,
  readProjection,
  updateInput,
} from "./items.ts";
import { type Engine, operation } from "./operation.ts";

const checkInput = z.strictObject({
  TableName: tableName,
  Key: item,
  ConditionExpression: z.string(),
  ...placeholderInput,
  ReturnValuesOnConditionCheckFailure: onConditionFailure,
});

const action = z
  .strictObject({
    ConditionCheck: checkInput.optional(),
    Put: putInput.optional(),
    Delete: deleteInput.optional(),
    Update: updateInput.extend({ UpdateExpression: z.string() }).optional(),
  })
  .refine(
    (given) => Object.values(given).filter((one) => one !== undefined).length === 1,
    "TransactItems can only contain one of Check, Put, Update or Delete",
  );

type Action = z.output<typeof action>;

export const transactWriteItems = operation({
  isWrite: true,
  input: z.strictObject({
    TransactItems: z.array(action).min(1).max(transactionActionsMax),
    ClientRequestToken: z.string().min(1).max(36).optional(),
    ReturnConsumedCapacity: consumedCapacity,
    ReturnItemCollectionMetrics: collectionMetrics,
  }),
  run(engine, input) {
    const { TransactItems: actions, ClientRequestToken: token, ReturnConsumedCapacity } = input;
    const units = unitsOf(actions);
    if (token !== undefined && isRepeated(engine, token, actions)) {
      return capacitiesOf(ReturnConsumedCapacity, units);
    }
    assertDistinct(actions.map((one) => targetOf(engine, one)));
    const bytes = actions.reduce((sum, { Put }) => sum + (Put ? itemBytes(Put.Item) : 0), 0);
    if (bytes > transactionBytesMax) {
      throw validationError("Collection size has exceeded the maximum allowed size of 4 MB");
    }
    const writes = prepareAll(engine, actions);
    for (const write of writes) write();
    if (token !== undefined) remember(engine, token, actions);
    return capacitiesOf(ReturnConsumedCapacity, units);
  },
});

const targetOf = ({ tables }: Engine, { ConditionCheck, Put, Delete, Update }: Action): string => {
  const keyed = ConditionCheck ?? Delete ?? Update;
  if (keyed !== undefined)
    return idOf(keyed.TableName, keyOfRequest(keyed.Key, tables.get(keyed.TableName)));
  if (Put === undefined) return "";
  return idOf(Put.TableName, keyOfItem(Put.Item, tables.get(Put.TableName)));
};

const idOf = (table: string, key: KeyBytes): string => `${table}/${rowKeyOf(key)}`;

const assertDistinct = (targets: readonly string[]): void => {
  if (new Set(targets).size < targets.length) {
    throw validationError("Transaction request cannot include multiple operations on one item");
  }
};

/** Two write units for each kilobyte of a transaction. */
const unitsOf = (actions: readonly Action[]): Map<string, number> => {
  const units = new Map<string, number>();
  for (const { ConditionCheck, Put, Delete, Update } of actions) {
    const name = (ConditionCheck ?? Put ?? Delete ?? Update)?.TableName ?? "";
    const size = Put === undefined ? 0 : itemBytes(Put.Item);
    units.set(name, (units.get(name) ?? 0) + 2 * writeUnits(size));
  }
  return units;
};

interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

/**
 * Checks every action and returns the writes. Fails with a `TransactionCanceledException` when a
 * condition is not met or an action is invalid; then nothing is written.
 */
const prepareAll = (engine: Engine, actions: readonly Action[]): (() => void)[] => {
  const reasons: CancellationReason[] = [];
  const writes = actions.map((one) => {
    try {
      const write = prepare(engine, one);
      reasons.push({ Code: "None" });
      return write;
    } catch (error) {
      reasons.push(reasonOf(error));
      return () => {};
    }
  });
  if (reasons.every(({ Code }) => Code === "None")) return writes;
  throw new DynamoError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(", ")}]`,
    { CancellationReasons: reasons },
  );
};

const prepare = (engine: Engine, { ConditionCheck, Put, Delete, Update }: Action): (() => void) => {
  if (Put !== undefined) return preparePut(engine, Put).write;
  if (Delete !== undefined) return prepareDelete(engine, Delete).write;
  if (Update !== undefined) return prepareUpdate(engine, Update).write;
  if (ConditionCheck === undefined) return () => {};
  const table = engine.tables.get(ConditionCheck.TableName);
  const check = readCondition(ConditionCheck);
  check?.(table.rows.get(keyOfRequest(ConditionCheck.Key, table)));
  return () => {};
};

const isBadExpression = /^(?:Invalid |Value provided in |ExpressionAttribute)/;

/** An invalid expression fails the request; an invalid result or a condition cancels it. */
const reasonOf = (error: unknown): CancellationReason => {
  if (!(error instanceof DynamoError)) throw error;
  const { code, message, fields } = error;
  if (code === "ConditionalCheckFailedException") {
    return { Code: "ConditionalCheckFailed", Message: message, ...fields };
  }
  if (code !== "ValidationException" || isBadExpression.test(message)) throw error;
  return { Code: "ValidationError", Message: message };
};

/** The transactions of the last minutes, by their token. They are forgotten at the end. */
const tokens = new WeakMap<object, Map<string, { readonly digest: string; readonly at: number }>>();

const digestOf = (actions: readonly Action[]): string =>
  createHash("sha256").update(JSON.stringify(actions)).digest("base64");

/** Whether this transaction was executed before with the same token. */
const isRepeated = (engine: Engine, token: string, actions: readonly Action[]): boolean => {
  const known = tokens.get(engine)?.get(token);
  if (known === undefined || engine.now() - known.at > requestTokenMs) return false;
  if (known.digest === digestOf(actions)) return true;
  throw new DynamoError(
    "IdempotentParameterMismatchException",
    "The request uses the same client token as a previous, but non-identical request",
  );
};

const remember = (engine: Engine, token: string, actions: readonly Action[]): void => {
  const known = tokens.get(engine) ?? new Map();
  tokens.set(engine, known);
  known.delete(token);
  known.set(token, { digest: digestOf(actions), at: engine.now() });
  if (known.size > requestTokensMax) known.delete(known.keys().next().value);
};

export const transactGetItems = operation({
  input: z.strictObject({
    TransactItems: z
      .array(
        z.strictObject({
          Get: z.strictObject({
            TableName: tableName,
            Key: item,
            ProjectionExpression: z.string().optional(),
            ExpressionAttributeNames: names,
          }),
        }),
      )
      .min(1)
      .max(transactionActionsMax),
    ReturnConsumedCapacity: consumedCapacity,
  }),
  run({ tables }, { TransactItems, ReturnConsumedCapacity }) {
    const units = new Map<string, number>();
    const targets: string[] = [];
    let bytes = 0;
    const Responses = TransactItems.map(({ Get }) => {
      const table = tables.get(Get.TableName);
      const paths = readProjection(Get);
      const key = keyOfRequest(Get.Key, table);
      targets.push(idOf(table.name, key));
      const found = table.rows.get(key);
      const size = found === undefined ? 0 : itemBytes(found);
      bytes += size;
      units.set(table.name, (units.get(table.name) ?? 0) + 2 * readUnits(size, true));
      if (found === undefined) return {};
      return { Item: paths === undefined ? found : project(found, paths) };
    });
    assertDistinct(targets);
    if (bytes > transactionBytesMax) {
      throw validationError("Collection size has exceeded the maximum allowed size of 4 MB");
    }
    return { Responses, ...capacitiesOf(ReturnConsumedCapacity, units) };
  },
});
