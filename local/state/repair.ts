import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { tablesFile } from "../dynamodb/store/tableDatabase.ts";
import { salvageTables } from "../dynamodb/store/tableFile.ts";
import type { Log } from "../platform/log.ts";
import { databaseFile } from "../s3/databaseFile.ts";
import { salvageBuckets } from "../s3/objectFile.ts";
import { repairJournal } from "../sqs/store/repairJournal.ts";

/** The certificate authority and the broker's certificate are only usable together. */
const authority = ["ca.key", "ca.pem", "server.key", "server.pem"].map((name) => `iot/${name}`);

/**
 * Copies damaged files to a new subfolder `damaged-…` of the state folder and keeps the readable
 * data in place. No data is lost: the subfolder has the originals. Each step is logged. `id` is the
 * id of the folder.
 */
export const repair = async (
  folder: string,
  damages: readonly Damage[],
  { id, log }: { id: string; log: Log },
): Promise<void> => {
  const aside = join(folder, `damaged-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
  const paths = new Map(damages.map(({ path, reason }) => [path, reason]));
  if (authority.some((path) => paths.has(path))) {
    for (const path of authority)
      paths.set(path, paths.get(path) ?? "it depends on a damaged file");
    log("repair: the certificate authority is damaged, devices need new certificates", {}, "warn");
  }
  for (const [path, reason] of paths) {
    const from = join(folder, path);
    const to = join(aside, path);
    const exists = existsSync(from);
    if (exists) {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      cpSync(from, to, { recursive: true });
    }
    log("repair", { path, reason, ...(exists && { copy: to }) }, "warn");
    const store = /^(.*\/)?(tables|sqs|s3)$/.exec(path);
    if (store === null) {
      if (exists) await removeOne(folder, path);
      continue;
    }
    if (exists) {
      if (store[2] === "tables") await repairTables(from, log);
      else if (store[2] === "sqs") repairQueues(from, id, log);
      else repairBuckets(from, log);
    }
    // At the end: until then, the store differs from its counter and looks damaged.
    rmSync(join(folder, "acknowledged", path.replaceAll("/", "-")), { force: true });
  }
};

/** A file of a store is only a part of it: SQLite recovers the rest. */
const removeOne = async (folder: string, path: string): Promise<void> => {
  const isDatabase = /(^|\/)(s3\/objects|tables\/dynamodb)\.db$/.test(path);
  if (!isDatabase) rmSync(join(folder, path), { recursive: true, force: true });
};

const repairTables = async (path: string, log: Log): Promise<void> => {
  try {
    const rows = await salvageTables(path);
    log("repair: kept the readable rows of the tables", { path, rows }, "warn");
  } catch {
    for (const end of ["", "-wal", ".new"]) {
      rmSync(join(path, `${tablesFile}${end}`), { force: true });
    }
    log("repair: the tables are unreadable and start empty", { path }, "warn");
  }
};

const repairQueues = (path: string, id: string, log: Log): void => {
  const messages = repairJournal(path, id);
  log("repair: kept the readable messages of the queues", { path, messages }, "warn");
};

const repairBuckets = (path: string, log: Log): void => {
  const file = join(path, databaseFile);
  try {
    const objects = salvageBuckets(path);
    log("repair: kept the readable objects of the buckets", { path, objects }, "warn");
  } catch {
    for (const end of ["", "-wal", "-shm", ".new"]) rmSync(`${file}${end}`, { force: true });
    log("repair: the buckets are unreadable and start empty", { path }, "warn");
  }
};

/** A damaged file of a state folder. */
export interface Damage {
  /** Path relative to the state folder: a file, or the folder of a store. */
  readonly path: string;
  readonly reason: string;
}
