import { crc32 } from "node:zlib";
import * as z from "zod";
import { validationError } from "../dynamoError.ts";
import { type Condition, parseCondition } from "../expression/condition.ts";
import { type DocumentPath, project } from "../expression/documentPath.ts";
import { meets } from "../expression/evaluate.ts";
import { parseKeyCondition } from "../expression/keyCondition.ts";
import { placeholdersOf } from "../expression/placeholders.ts";
import { parseProjection } from "../expression/projection.ts";
import { pageBytesMax, scanSegmentsMax } from "../limits.ts";
import type { Row, RowRange } from "../store/rows.ts";
import type { Table, TableIndex } from "../store/tables.ts";
import type { Item } from "../value/attributeValue.ts";
import { itemBytes } from "../value/itemSize.ts";
import { indexKeyOf, keyAttributes, keyOfRequest, pickKey } from "../value/keys.ts";
import { capacityOf, readUnits } from "./capacity.ts";
import { consumedCapacity, item, placeholderInput, tableName } from "./input.ts";
import { operation } from "./operation.ts";

const pageInput = z.strictObject({
  TableName: tableName,
  IndexName: z.string().optional(),
  ConsistentRead: z.boolean().default(false),
  ExclusiveStartKey: item.optional(),
  FilterExpression: z.string().optional(),
  Limit: z.int().min(1).optional(),
  ProjectionExpression: z.string().optional(),
  ReturnConsumedCapacity: consumedCapacity,
  Select: z
    .enum(["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"])
    .optional(),
  ...placeholderInput,
});

type PageInput = z.output<typeof pageInput>;

export const query = operation({
  input: pageInput.extend({
    KeyConditionExpression: z.string(),
    ScanIndexForward: z.boolean().default(true),
  }),
  run({ tables }, input) {
    const table = tables.get(input.TableName);
    const source = sourceOf(table, input);
    const { KeyConditionExpression, FilterExpression, ProjectionExpression } = input;
    const placeholders = placeholdersOf(input, {
      FilterExpression,
      KeyConditionExpression,
      ProjectionExpression,
    });
    const shape = source.index ?? table;
    const range = parseKeyCondition(KeyConditionExpression, placeholders, shape);
    const filter = readFilter(input, placeholders);
    if (filter !== undefined)
      assertNoKeys(
        filter,
        keyAttributes(shape).map(({ name }) => name),
      );
    const paths = readPaths(input, placeholders);
    placeholders.assertAllUsed();
    const after = startOf(input, source);
    const start = after && (after.indexKey ?? after.key);
    if (start !== undefined && !start.pk.equals(range.pk)) {
      throw validationError(
        "The provided starting key is outside query boundaries based on provided conditions",
      );
    }
    const isReversed = !input.ScanIndexForward;
    return readPage(input, source, {
      range: { ...range, index: source.position, after, isReversed },
      filter,
      paths,
    });
  },
});

export const scan = operation({
  input: pageInput.extend({
    Segment: z.int().min(0).optional(),
    TotalSegments: z.int().min(1).max(scanSegmentsMax).optional(),
  }),
  run({ tables }, input) {
    const table = tables.get(input.TableName);
    const source = sourceOf(table, input);
    const { FilterExpression, ProjectionExpression, Segment, TotalSegments } = input;
    const placeholders = placeholdersOf(input, { FilterExpression, ProjectionExpression });
    const filter = readFilter(input, placeholders);
    const paths = readPaths(input, placeholders);
    placeholders.assertAllUsed();
    if ((Segment === undefined) !== (TotalSegments === undefined)) {
      throw validationError(
        "The TotalSegments parameter is required and must be present when parameter Segment is present, and the other way round",
      );
    }
    if (Segment !== undefined && TotalSegments !== undefined && Segment >= TotalSegments) {
      throw validationError(
        `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
      );
    }
    return readPage(input, source, {
      range: { index: source.position, after: startOf(input, source) },
      filter,
      paths,
      isIncluded: ({ pk }) => TotalSegments === undefined || crc32(pk) % TotalSegments === Segment,
    });
  },
});

/** What a request reads: a table, or one of its indexes. */
interface Source {
  readonly table: Table;
  readonly index?: TableIndex;
  /** The position of the index. */
  readonly position?: number;
}

const sourceOf = (table: Table, { IndexName, ConsistentRead, Select }: PageInput): Source => {
  if (IndexName === undefined) {
    if (Select === "ALL_PROJECTED_ATTRIBUTES") {
      throw validationError(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
      );
    }
    return { table };
  }
  const position = table.indexes.findIndex(({ name }) => name === IndexName);
  const index = table.indexes[position];
  if (index === undefined) {
    throw validationError(`The table does not have the specified index: ${IndexName}`);
  }
  const { isGlobal, Projection } = index.definition;
  if (isGlobal && ConsistentRead) {
    throw validationError("Consistent reads are not supported on global secondary indexes");
  }
  if (isGlobal && Select === "ALL_ATTRIBUTES" && Projection.ProjectionType !== "ALL") {
    throw validationError(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${IndexName} because its projection type is not ALL`,
    );
  }
  return { table, index, position };
};

type Placeholders = ReturnType<typeof placeholdersOf>;

const readFilter = ({ FilterExpression: text }: PageInput, placeholders: Placeholders) =>
  text === undefined ? undefined : parseCondition("FilterExpression", text, placeholders);

const readPaths = (
  { ProjectionExpression: text, Select }: PageInput,
  placeholders: Placeholders,
): DocumentPath[] | undefined => {
  if (text === undefined) {
    if (Select === "SPECIFIC_ATTRIBUTES") {
      throw validationError(
        "Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
      );
    }
    return undefined;
  }
  if (Select !== undefined && Select !== "SPECIFIC_ATTRIBUTES") {
    throw validationError(`Cannot specify the ProjectionExpression when choosing to get ${Select}`);
  }
  return parseProjection(text, placeholders);
};

/** A filter of a query must not contain the attributes of the key. */
const assertNoKeys = (filter: Condition, keys: readonly string[]): void => {
  const found = pathsIn(filter).find(([name]) => typeof name === "string" && keys.includes(name));
  if (found !== undefined) {
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${found[0]}`,
    );
  }
};

const pathsIn = (condition: Condition): DocumentPath[] => {
  switch (condition.kind) {
    case "and":
    case "or":
      return condition.parts.flatMap(pathsIn);
    case "not":
      return pathsIn(condition.part);
    case "exists":
    case "notExists":
    case "type":
      return [condition.path];
    default:
      return operandsOf(condition).flatMap((operand) =>
        operand.kind === "value" ? [] : [operand.path],
      );
  }
};

type Predicate = Exclude<
  Condition,
  { kind: "and" | "or" | "not" | "exists" | "notExists" | "type" }
>;

const operandsOf = (condition: Predicate) => {
  switch (condition.kind) {
    case "compare":
      return [condition.left, condition.right];
    case "between":
      return [condition.operand, condition.low, condition.high];
    case "in":
      return [condition.operand, ...condition.list];
    default:
      return [condition.operand, condition.part];
  }
};

const invalidStart = () => validationError("The provided starting key is invalid");

/** The row of `ExclusiveStartKey`. Fails when it is not a key of the table and the index. */
const startOf = (
  { ExclusiveStartKey: key }: PageInput,
  { table, index }: Source,
): RowRange["after"] => {
  if (key === undefined) return undefined;
  const own = pickKey(key, [table]);
  if (index === undefined) {
    if (Object.keys(own).length !== Object.keys(key).length) throw invalidStart();
    return { key: keyOfRequest(key, table) };
  }
  const all = pickKey(key, [table, index]);
  const indexKey = indexKeyOf(key, index);
  if (indexKey === undefined || Object.keys(all).length !== Object.keys(key).length) {
    throw invalidStart();
  }
  return { key: keyOfRequest(own, table), indexKey };
};

interface Page {
  readonly range: RowRange;
  readonly filter: Condition | undefined;
  readonly paths: readonly DocumentPath[] | undefined;
  readonly isIncluded?: (row: Row) => boolean;
}

/** Reads rows up to the limit of the request or of a page. */
const readPage = (
  { Limit = Number.POSITIVE_INFINITY, Select, ReturnConsumedCapacity, ConsistentRead }: PageInput,
  { table, index }: Source,
  { range, filter, paths, isIncluded = () => true }: Page,
): object => {
  const found: Item[] = [];
  let scanned = 0;
  let count = 0;
  let bytes = 0;
  let last: Item | undefined;
  for (const row of table.rows.range(range)) {
    if (!isIncluded(row)) continue;
    const whole = Select === "ALL_ATTRIBUTES" || index === undefined;
    const given = whole ? row.item : projected(row.item, table, index);
    scanned += 1;
    bytes += itemBytes(given);
    if (filter === undefined || meets(given, filter)) {
      count += 1;
      if (Select !== "COUNT") found.push(paths === undefined ? given : project(given, paths));
    }
    if (scanned >= Limit || bytes >= pageBytesMax) {
      last = row.item;
      break;
    }
  }
  const key = last && pickKey(last, index === undefined ? [table] : [table, index]);
  return {
    ...(Select !== "COUNT" && { Items: found }),
    Count: count,
    ScannedCount: scanned,
    ...(key && { LastEvaluatedKey: key }),
    ...capacityOf(ReturnConsumedCapacity, table.name, readUnits(bytes, ConsistentRead)),
  };
};

/** The attributes of an item that an index has. */
const projected = (found: Item, table: Table, index: TableIndex): Item => {
  const { Projection } = index.definition;
  if (Projection.ProjectionType === "ALL") return found;
  const keys = pickKey(found, [table, index]);
  if (!("NonKeyAttributes" in Projection)) return keys;
  return {
    ...keys,
    ...project(
      found,
      Projection.NonKeyAttributes.map((name) => [name]),
    ),
  };
};
