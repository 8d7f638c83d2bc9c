import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { StartError } from "../start/startError.ts";
import { attributeDefinitions, keySchema, projection } from "./store/tableDefinition.ts";

const index = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: projection });

/** The properties of a table that cannot change once it has items. */
export const tableShape = z.object({
  AttributeDefinitions: attributeDefinitions,
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.array(index).default([]),
});

export type TableShape = z.output<typeof tableShape>;

type Index = TableShape["GlobalSecondaryIndexes"][number];

/**
 * Fails with a `StartError` when an existing table `name` does not have the keys and indexes of the
 * template: CloudFormation would replace it or build the index, which one machine does not. An
 * index that the template no longer has remains and is only written.
 */
export const assertTableShape = (name: string, existing: TableShape, wanted: TableShape): void => {
  const fail = (what: string): never => {
    throw new StartError(
      `the table ${name} was created by an earlier version and ${what}: start with a new --data folder`,
    );
  };
  if (!isDeepStrictEqual(typed(existing, existing.KeySchema), typed(wanted, wanted.KeySchema))) {
    fail("has another key");
  }
  for (const index of wanted.GlobalSecondaryIndexes) {
    const { IndexName } = index;
    const found = existing.GlobalSecondaryIndexes.find((one) => one.IndexName === IndexName);
    if (found === undefined) fail(`has no index ${IndexName}`);
    else if (!isSame(index, wanted, found, existing)) fail(`has another index ${IndexName}`);
  }
};

const isSame = (one: Index, of: TableShape, other: Index, otherOf: TableShape): boolean =>
  isDeepStrictEqual(typed(of, one.KeySchema), typed(otherOf, other.KeySchema)) &&
  isDeepStrictEqual(one.Projection, other.Projection);

/** A key with the types of its attributes. */
const typed = ({ AttributeDefinitions }: TableShape, key: TableShape["KeySchema"]) =>
  key.map((part) => [
    part,
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === part.AttributeName),
  ]);
