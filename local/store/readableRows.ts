import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** The rows that can be read from either end of a damaged table; some of them twice. */
export function* readableRows(
  source: DatabaseSync,
  table: string,
  key: readonly string[],
): Iterable<Record<string, SQLOutputValue>> {
  for (const direction of ["", " DESC"]) {
    const order = key.map((name) => `${name}${direction}`).join();
    try {
      yield* source.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate();
      return;
    } catch {
      // The damaged page ends this direction.
    }
  }
}
