import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import type { Durability } from "../journal/durability.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import { numberCommits } from "../store/numberCommits.ts";
import { openTransaction } from "../store/openTransaction.ts";
import { databaseFile } from "./databaseFile.ts";
import { createTables, withSum } from "./objectTables.ts";

/** The fields of an object without its body. */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** In hexadecimal, without quotes. */
  readonly etag: string;
  /** The headers that a response repeats, such as `content-type` and `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

export interface StoredObject extends ObjectInfo {
  readonly body: Uint8Array;
}

/** Buckets, objects and multipart uploads in a SQLite database. */
export interface ObjectStore {
  createBucket(bucket: string): void;
  deleteBucket(bucket: string): void;
  hasBucket(bucket: string): boolean;
  buckets(): { name: string; createdAt: number }[];
  put(bucket: string, object: StoredObject): void;
  get(bucket: string, key: string): StoredObject | undefined;
  head(bucket: string, key: string): ObjectInfo | undefined;
  delete(bucket: string, key: string): void;
  /** The objects with keys greater than `after`, in the order of UTF-8. */
  list(bucket: string, after: string, max: number): ObjectInfo[];
  createUpload(upload: Upload): void;
  upload(id: string): Upload | undefined;
  uploadCount(): number;
  putPart(uploadId: string, part: Part): void;
  /** The parts of an upload, in order, without their bodies. */
  parts(uploadId: string): Omit<Part, "body">[];
  part(uploadId: string, number: number): Part | undefined;
  deleteUpload(uploadId: string): void;
  /** Resolves when all earlier changes are committed. */
  committed(): Promise<void>;
  close(): void;
}

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Part {
  readonly number: number;
  readonly etag: string;
  readonly body: Uint8Array;
}

export interface ObjectStoreOptions {
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  readonly durability: Durability;
  readonly space: DiskSpace;
}

const headers = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.string()));
const infoRow = z.object({
  key: z.string(),
  bytes: z.number(),
  etag: z.string(),
  headers,
  modifiedAt: z.number(),
});
const objectRow = infoRow.extend({ body: z.instanceof(Uint8Array) });
const bucketRow = z.object({ name: z.string(), createdAt: z.number() });
const uploadRow = z.object({ id: z.string(), bucket: z.string(), key: z.string(), headers });
const partInfoRow = z.object({ number: z.number(), etag: z.string() });
const partRow = partInfoRow.extend({ body: z.instanceof(Uint8Array) });

/** Opens the store. It commits the changes of one event-loop turn together. */
export const openObjectStore = (options: ObjectStoreOptions): ObjectStore => {
  const { folder, counterConfig, durability, space } = options;
  const database = new DatabaseSync(folder === undefined ? ":memory:" : join(folder, databaseFile));
  if (folder !== undefined) database.exec("PRAGMA journal_mode = WAL");
  // NORMAL keeps the database consistent after a power failure, without the last changes.
  database.exec(`PRAGMA synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
  database.exec(createTables);
  const count = counterConfig && numberCommits(database, counterConfig);
  const transaction = openTransaction({ database, folder: folder ?? "", space, count });
  return {
    ...objectOperations(database, transaction.run),
    ...uploadOperations(database, transaction.run),
    committed: transaction.committed,
    close() {
      transaction.close();
      count?.close();
      database.close();
    },
  };
};

type Run = ReturnType<typeof openTransaction>["run"];

const objectOperations = (database: DatabaseSync, run: Run) => {
  const info = "key, bytes, etag, headers, modifiedAt";
  const createBucket = database.prepare("INSERT OR IGNORE INTO buckets VALUES (?, ?, ?)");
  const deleteBucket = database.prepare("DELETE FROM buckets WHERE name = ?");
  const bucket = database.prepare("SELECT name FROM buckets WHERE name = ?");
  const buckets = database.prepare("SELECT name, createdAt FROM buckets ORDER BY name");
  const put = database.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const get = database.prepare(`SELECT ${info}, body FROM objects WHERE bucket = ? AND key = ?`);
  const head = database.prepare(`SELECT ${info} FROM objects WHERE bucket = ? AND key = ?`);
  const remove = database.prepare("DELETE FROM objects WHERE bucket = ? AND key = ?");
  const list = database.prepare(
    `SELECT ${info} FROM objects WHERE bucket = ? AND key > ? ORDER BY key LIMIT ?`,
  );
  return {
    createBucket: (name) => run(createBucket, withSum([name, Date.now()])),
    deleteBucket: (name) => run(deleteBucket, [name]),
    hasBucket: (name) => bucket.get(name) !== undefined,
    buckets: () => buckets.all().map((row) => bucketRow.parse(row)),
    put(name, { key, bytes, etag, headers, modifiedAt, body }) {
      const values = [name, key, bytes, etag, JSON.stringify(headers), modifiedAt, body];
      run(put, withSum(values));
    },
    get: (name, key) => objectRow.optional().parse(get.get(name, key)),
    head: (name, key) => infoRow.optional().parse(head.get(name, key)),
    delete: (name, key) => run(remove, [name, key]),
    list: (name, after, max) => list.all(name, after, max).map((row) => infoRow.parse(row)),
  } satisfies Partial<ObjectStore>;
};

const uploadOperations = (database: DatabaseSync, run: Run) => {
  const create = database.prepare("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)");
  const upload = database.prepare("SELECT id, bucket, key, headers FROM uploads WHERE id = ?");
  const count = database.prepare("SELECT count(*) AS count FROM uploads");
  const putPart = database.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)");
  const parts = database.prepare("SELECT number, etag FROM parts WHERE upload = ? ORDER BY number");
  const part = database.prepare(
    "SELECT number, etag, body FROM parts WHERE upload = ? AND number = ?",
  );
  const removeParts = database.prepare("DELETE FROM parts WHERE upload = ?");
  const remove = database.prepare("DELETE FROM uploads WHERE id = ?");
  return {
    createUpload: ({ id, bucket, key, headers }) =>
      run(create, withSum([id, bucket, key, JSON.stringify(headers)])),
    upload: (id) => uploadRow.optional().parse(upload.get(id)),
    uploadCount: () => Number(count.get()?.count),
    putPart: (id, { number, etag, body }) => run(putPart, withSum([id, number, etag, body])),
    parts: (id) => parts.all(id).map((row) => partInfoRow.parse(row)),
    part: (id, number) => partRow.optional().parse(part.get(id, number)),
    deleteUpload(id) {
      run(removeParts, [id]);
      run(remove, [id]);
    },
  } satisfies Partial<ObjectStore>;
};

export const md5Of = (body: Uint8Array): string => createHash("md5").update(body).digest("hex");
