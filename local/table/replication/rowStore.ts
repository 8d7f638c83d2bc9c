/** A row of a table, by its key in the store, which is the same in every region. */
export interface Row {
  readonly table: string;
  readonly key: string;
}

/** Replication metadata next to the rows: a new value, or `undefined` to delete it. */
export interface Mark {
  readonly key: string;
  readonly value: unknown;
}

/** The rows of one region's tables and the replication marks. */
export interface RowStore {
  /** Runs a function while the row is locked. */
  withRow<Result>(row: Row, run: () => Promise<Result>): Promise<Result>;
  /** Only within `withRow`. */
  item(row: Row): Promise<object | undefined>;
  /** Writes or deletes a row together with marks, atomically. Only within `withRow`. */
  write(row: Row, item: object | undefined, marks: readonly Mark[]): Promise<void>;
  mark(key: string): Promise<unknown>;
  writeMarks(marks: readonly Mark[]): Promise<void>;
  marksWith(prefix: string): AsyncIterable<{ key: string; value: unknown }>;
  rowKeys(table: string): AsyncIterable<string>;
}
