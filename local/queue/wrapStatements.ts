import { type SQLInputValue, type SQLOutputValue, StatementSync } from "node:sqlite";
import type { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import type { OpenTransaction } from "./openTransaction.ts";

/** Lets every statement by which fauxqs changes its database run in the transaction. It has them in a private field alone. */
export const wrapStatements = (
  persistence: PersistenceManager,
  transaction: OpenTransaction,
): void => {
  const found: unknown = Reflect.get(persistence, "stmts");
  if (typeof found !== "object" || found === null) {
    throw new Error("fauxqs does not keep its statements in `stmts`: its version does not fit");
  }
  const statements = new Map<string, StatementSync>();
  for (const [name, statement] of Object.entries(found)) {
    if (statement instanceof StatementSync) statements.set(name, statement);
  }
  const kept = [...statements].map(([name, statement]) => [name, keep(statement, transaction)]);
  const put = statements.get("upsertObject");
  const readBody = statements.get("readBody");
  if (put === undefined || readBody === undefined) {
    throw new Error("fauxqs writes its objects by other statements: its version does not fit");
  }
  /** While the disk is full, the body of an object may not be in the database yet. */
  const get = (bucket: SQLInputValue, key: SQLInputValue) => {
    const isPut = ({ statement, values }: ReturnType<OpenTransaction["uncommitted"]>[number]) =>
      statement === put && values[0] === bucket && values[1] === key;
    const last = transaction.uncommitted().find(isPut);
    return last === undefined ? readBody.get(bucket, key) : { body: last.values[2] };
  };
  Reflect.set(persistence, "stmts", { ...Object.fromEntries(kept), readBody: { get } });
};

const keep = (statement: StatementSync, transaction: OpenTransaction) => ({
  run: (...values: SQLInputValue[]): void => transaction.run(statement, values),
  all: (...values: SQLInputValue[]): Record<string, SQLOutputValue>[] => statement.all(...values),
});
