import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ClassicLevel } from "classic-level";
import type { Log } from "../platform/log.ts";
import { markRange } from "../table/dynaliteInternals.ts";

/** The certificate authority and the broker's certificate are of no use without each other. */
const authority = ["ca.key", "ca.pem", "server.key", "server.pem"].map((name) => `iot/${name}`);

/**
 * Puts what is damaged into a folder of its own in the state folder, and leaves what can be read. Nothing is lost by that: whoever has a
 * better idea finds everything there. Each step is a line of the log.
 */
export const repair = async (
  folder: string,
  damages: readonly Damage[],
  log: Log,
): Promise<void> => {
  const aside = join(folder, `damaged-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
  const paths = new Map(damages.map(({ path, what }) => [path, what]));
  if (authority.some((path) => paths.has(path))) {
    for (const path of authority)
      paths.set(path, paths.get(path) ?? "it belongs to what is damaged");
    log(
      "repair: devices need new certificates, since the authority of the old ones is damaged",
      {},
      "warn",
    );
  }
  for (const [path, what] of paths) {
    const from = join(folder, path);
    const to = join(aside, path);
    const isThere = existsSync(from);
    if (isThere) {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
      cpSync(from, to, { recursive: true });
    }
    log("repair", { path, what, ...(isThere && { kept: to }) }, "warn");
    const store = /^(.*\/)?(tables|queues)$/.exec(path);
    if (store === null) {
      if (isThere) await removeOne(folder, path);
      continue;
    }
    rmSync(join(folder, "acknowledged", path.replaceAll("/", "-")), { force: true });
    if (!isThere) continue;
    if (store[2] === "tables") await repairTables(from, log);
    else repairQueues(from, log);
  }
};

/** A file of a store is a part of it: what is left without it is read as LevelDB and SQLite do. */
const removeOne = async (folder: string, path: string): Promise<void> => {
  const isStores = /(^|\/)queues\/fauxqs\.db$/.test(path);
  if (!isStores) rmSync(join(folder, path), { recursive: true, force: true });
};

const repairTables = async (path: string, log: Log): Promise<void> => {
  await ClassicLevel.repair(path);
  // What LevelDB sets aside by itself lies beside in full.
  rmSync(join(path, "lost"), { recursive: true, force: true });
  const db = new ClassicLevel<string, string>(path);
  await db.open();
  await db.clear(markRange);
  let rows = 0;
  for await (const key of db.keys()) rows += key.startsWith("item-") ? 1 : 0;
  await db.close();
  log("repair: what could be read of the tables is kept", { path, rows }, "warn");
};

const repairQueues = (path: string, log: Log): void => {
  const file = join(path, "fauxqs.db");
  try {
    const database = new DatabaseSync(file);
    const isWhole = database.prepare("PRAGMA integrity_check").get()?.integrity_check === "ok";
    if (!isWhole) throw new Error("not whole");
    database.exec("DROP TABLE IF EXISTS godwit_mark");
    database.close();
    log("repair: what could be read of the queues and buckets is kept", { path }, "warn");
  } catch {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    log(
      "repair: the queues and buckets begin empty, since nothing could be read",
      { path },
      "warn",
    );
  }
};

/** What is wrong in a state folder, in words that name the file. */
export interface Damage {
  /** Below the folder: a file, or the folder of a store. */
  readonly path: string;
  readonly what: string;
}
