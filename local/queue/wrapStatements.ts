import { type SQLInputValue, type SQLOutputValue, StatementSync } from "node:sqlite";
import type { PersistenceManager } from "../../node_modules/fauxqs/dist/persistence.js";
import type { OpenTransaction } from "../store/openTransaction.ts";

/** Runs every write statement of fauxqs in the transaction. They are in a private field. */
export const wrapStatements = (
  persistence: PersistenceManager,
  transaction: OpenTransaction,
): void => {
  const found: unknown = Reflect.get(persistence, "stmts");
  if (typeof found !== "object" || found === null) {
    throw new Error("fauxqs has no field `stmts`: unsupported version");
  }
  const statements = new Map<string, StatementSync>();
  for (const [name, statement] of Object.entries(found)) {
    if (statement instanceof StatementSync) statements.set(name, statement);
  }
  const wrapped = [...statements].map(([name, statement]) => [name, wrap(statement, transaction)]);
  const put = statements.get("upsertObject");
  const readBody = statements.get("readBody");
  if (put === undefined || readBody === undefined) {
    throw new Error("fauxqs uses other statements for objects: unsupported version");
  }
  /** While the disk is full, an object's body may not be in the database yet. */
  const get = (bucket: SQLInputValue, key: SQLInputValue) => {
    const isPut = ({ statement, values }: ReturnType<OpenTransaction["uncommitted"]>[number]) =>
      statement === put && values[0] === bucket && values[1] === key;
    const last = transaction.uncommitted().find(isPut);
    return last === undefined ? readBody.get(bucket, key) : { body: last.values[2] };
  };
  Reflect.set(persistence, "stmts", { ...Object.fromEntries(wrapped), readBody: { get } });
};

const wrap = (statement: StatementSync, transaction: OpenTransaction) => ({
  run: (...values: SQLInputValue[]): void => transaction.run(statement, values),
  all: (...values: SQLInputValue[]): Record<string, SQLOutputValue>[] => statement.all(...values),
});
