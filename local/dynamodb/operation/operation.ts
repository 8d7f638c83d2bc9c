import type * as z from "zod";
import type { Table, TableSet } from "../store/tables.ts";
import type { Item } from "../value/attributeValue.ts";
import type { KeyBytes } from "../value/keys.ts";
import { readInput } from "./input.ts";

/** What operations work on. */
export interface Engine {
  readonly region: string;
  readonly tables: TableSet;
  /**
   * Prepares the write of a row, or its deletion when there is no item, and returns the function
   * that runs it. Fails with a `ValidationException` when an index does not accept the item.
   */
  prepareWrite(table: Table, key: KeyBytes, item: Item | undefined): () => void;
  /** Monotonic milliseconds since 1970. */
  now(): number;
  /** Resolves when every change so far is durable. */
  committed(): Promise<void>;
}

/** An operation of DynamoDB's API. */
export interface Operation {
  readonly isWrite: boolean;
  /** Fails with a `DynamoError`. Runs without interruption unless it returns a promise. */
  run(engine: Engine, input: unknown): object | Promise<object>;
}

interface OperationOptions<Schema extends z.ZodType> {
  readonly input: Schema;
  readonly isWrite?: boolean;
  run(engine: Engine, input: z.output<Schema>): object | Promise<object>;
}

/** An operation that checks its input with a schema. */
export const operation = <Schema extends z.ZodType>({
  input: schema,
  isWrite = false,
  run,
}: OperationOptions<Schema>): Operation => ({
  isWrite,
  run: (engine, input) => run(engine, readInput(schema, input)),
});
