/** One row of a table, by the key that the store has it under. It is the same in every region. */
export interface Row {
  readonly table: string;
  readonly key: string;
}

/** Something that replication keeps beside the rows: a new value, or none any more. */
export interface Mark {
  readonly key: string;
  readonly value: unknown;
}

/** The rows of one region's tables, and the marks beside them. */
export interface RowStore {
  /** Runs something while nothing else changes or reads the row for a change. */
  withRow<Result>(row: Row, run: () => Promise<Result>): Promise<Result>;
  /** Only within `withRow`. */
  item(row: Row): Promise<object | undefined>;
  /** Writes a row, or removes it, and the marks: all or nothing. Only within `withRow`. */
  write(row: Row, item: object | undefined, marks: readonly Mark[]): Promise<void>;
  mark(key: string): Promise<unknown>;
  writeMarks(marks: readonly Mark[]): Promise<void>;
  marksWith(prefix: string): AsyncIterable<{ key: string; value: unknown }>;
  rowKeys(table: string): AsyncIterable<string>;
}
