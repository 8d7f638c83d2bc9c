declare module "dynalite" {
  import type { Server } from "node:http";

  /** A server that speaks DynamoDB's protocol: in memory, or in a LevelDB at `path`. */
  const dynalite: (options: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }) => Server;
  export = dynalite;
}

declare module "dynalite/db/index.js" {
  /** Its functions are looked up in it at each call, so they can be replaced. */
  const inside: {
    create: (options: object) => inside.DynaliteStore;
    updateIndexes(
      store: inside.DynaliteStore,
      table: object,
      old: object | undefined,
      item: object | undefined,
      done: inside.Done,
    ): void;
  };

  namespace inside {
    type Done = (error?: Error | null) => void;

    type Operation =
      | { readonly type: "put"; readonly key: string; readonly value: unknown }
      | { readonly type: "del"; readonly key: string };

    /** A LevelDB of JSON values. Each function calls back, or without that gives a promise. */
    interface Database {
      open(): Promise<void>;
      close: { _original(): Promise<void> };
      put: (key: string, value: unknown, done?: Done) => Promise<void> | undefined;
      del: (key: string, done?: Done) => Promise<void> | undefined;
      batch(operations: readonly Operation[], done?: Done): Promise<void> | undefined;
      get(key: string): Promise<unknown>;
      keys(range: { gte: string; lt: string }): AsyncIterable<string>;
      iterator(range: { gte: string; lt: string }): AsyncIterable<[string, unknown]>;
    }

    interface DynaliteStore {
      readonly db: Database;
      readonly lifecycleManager: { gracefulClose(): Promise<void> };
      getItemDb(table: string): {
        lock(key: string, run: (release: (done: () => void) => () => void) => void): void;
      };
      getTable(table: string, done: (error: Error | null, table: object) => void): void;
    }
  }
  export = inside;
}
