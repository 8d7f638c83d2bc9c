import type { Mark } from "../store/marks.ts";

/** A row of a table, by its key as text, which is the same in every region. */
export interface Row {
  readonly table: string;
  readonly key: string;
}

/** The rows of one region's tables and the replication marks. No call interrupts another. */
export interface RowStore {
  hasTable(name: string): boolean;
  item(row: Row): object | undefined;
  /** Writes or deletes a row together with marks, atomically. */
  write(row: Row, item: object | undefined, marks: readonly Mark[]): void;
  mark(key: string): unknown;
  writeMarks(marks: readonly Mark[]): void;
  marksWith(prefix: string): readonly Mark[];
  rowKeys(table: string): Iterable<string>;
  /** Resolves when every write so far is durable. */
  committed(): Promise<void>;
}
