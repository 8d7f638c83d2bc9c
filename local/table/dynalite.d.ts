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
