import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readKept } from "../keptFile.ts";
import { unfinished, writeWhole } from "../wholeFile.ts";

const thing = z.strictObject({
  name: z.string(),
  id: z.string(),
  attributes: z.record(z.string(), z.string()),
});

const certificate = z.strictObject({
  id: z.string(),
  status: z.enum(["ACTIVE", "INACTIVE", "REVOKED"]),
  /** Names of the policies that are attached to it. */
  policies: z.array(z.string()),
  /** Names of the things that it is attached to. */
  things: z.array(z.string()),
});

export type Thing = z.output<typeof thing>;
export type Certificate = z.output<typeof certificate>;

/** What is kept of one kind: in memory, and each in a file of its own. */
export interface Kept<Item> {
  get(key: string): Item | undefined;
  all(): Iterable<Item>;
  /** Counts at once, and resolves when it would survive a kill of this process. */
  put(key: string, item: Item): Promise<void>;
}

/** The things and certificates that this IoT Core knows. */
export interface Registry {
  /** By name. */
  readonly things: Kept<Thing>;
  /** By id. */
  readonly certificates: Kept<Certificate>;
}

/** Opens the registry that is kept in a folder. */
export const openRegistry = async (folder: string): Promise<Registry> => ({
  things: await openKept(join(folder, "things"), thing),
  certificates: await openKept(join(folder, "certificates"), certificate),
});

const openKept = async <Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
): Promise<Kept<z.output<Schema>>> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const items = new Map<string, z.output<Schema>>();
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    if (file.endsWith(unfinished)) await rm(path, { force: true });
    const item = await readKept(path, schema);
    if (item !== undefined) items.set(keyOf(file), item);
  }
  // One after the other, so that the last to be put is the last to be written.
  let writes = Promise.resolve();
  return {
    get: (key) => items.get(key),
    all: () => items.values(),
    put(key, item) {
      items.set(key, item);
      const write = () => writeWhole(join(folder, fileOf(key)), JSON.stringify(item));
      const written = writes.then(write);
      writes = written.catch(() => {});
      return written;
    },
  };
};

const fileOf = (key: string): string => `${encodeURIComponent(key)}.json`;

const keyOf = (file: string): string => decodeURIComponent(file.replace(/\.json$/, ""));
