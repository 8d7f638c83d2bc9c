import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import {
  removeFileAtomically,
  unfinishedSuffix,
  writeFileAtomically,
} from "../state/atomicWrite.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { readStateFile } from "../state/stateFile.ts";

const thing = z.strictObject({
  name: z.string(),
  id: z.string(),
  attributes: z.record(z.string(), z.string()),
  /** Incremented with each change. */
  version: z.number().default(1),
});

const certificate = z.strictObject({
  id: z.string(),
  status: z.enum(["ACTIVE", "INACTIVE", "REVOKED", "PENDING_ACTIVATION"]),
  /** Absent for certificates of versions that did not store it. */
  pem: z.string().optional(),
  /** Names of the attached policies. */
  policies: z.array(z.string()),
  /** Names of the things that the certificate is attached to. */
  things: z.array(z.string()),
});

export type Thing = z.output<typeof thing>;
export type Certificate = z.output<typeof certificate>;

/** A map in memory whose items are each persisted in a file. */
export interface PersistentMap<Item> {
  get(key: string): Item | undefined;
  all(): Iterable<Item>;
  /** Takes effect at once; resolves when the item is persisted. */
  put(key: string, item: Item): Promise<void>;
  /** Removes an item. Takes effect at once; resolves when the removal is persisted. */
  remove(key: string): Promise<void>;
}

/** The things and certificates of this IoT Core. */
export interface Registry {
  /** By name. */
  readonly things: PersistentMap<Thing>;
  /** By id. */
  readonly certificates: PersistentMap<Certificate>;
}

/** Opens the registry of a folder. */
export const openRegistry = async (
  folder: string,
  space: DiskSpace = openDiskSpace(),
): Promise<Registry> => ({
  things: await openPersistentMap(join(folder, "things"), { schema: thing, space }),
  certificates: await openPersistentMap(join(folder, "certificates"), {
    schema: certificate,
    space,
  }),
});

const openPersistentMap = async <Schema extends z.ZodType>(
  folder: string,
  { schema, space }: { schema: Schema; space: DiskSpace },
): Promise<PersistentMap<z.output<Schema>>> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const items = new Map<string, z.output<Schema>>();
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    if (file.endsWith(unfinishedSuffix)) await rm(path, { force: true });
    const item = await readStateFile(path, schema);
    if (item !== undefined) items.set(keyOf(file), item);
  }
  // One at a time, so that the last `put` is the last write.
  let writes = Promise.resolve();
  const runInOrder = (write: () => Promise<void>): Promise<void> => {
    const written = writes.then(() => space.retryWhileFull(write));
    writes = written.catch(() => {});
    return written;
  };
  const pathOf = (key: string): string => join(folder, fileOf(key));
  return {
    get: (key) => items.get(key),
    all: () => items.values(),
    put(key, item) {
      items.set(key, item);
      return runInOrder(() => writeFileAtomically(pathOf(key), JSON.stringify(item)));
    },
    remove(key) {
      items.delete(key);
      return runInOrder(() => removeFileAtomically(pathOf(key)));
    },
  };
};

const fileOf = (key: string): string => `${encodeURIComponent(key)}.json`;

const keyOf = (file: string): string => decodeURIComponent(file.replace(/\.json$/, ""));
