import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { databaseFile } from "../../../local/s3/databaseFile.ts";
import { findCorruptObject, salvageBuckets } from "../../../local/s3/objectFile.ts";
import { openObjectStore } from "../../../local/s3/objectStore.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";
import { newFolder } from "../support/newFolder.ts";

const open = (folder: string) =>
  openObjectStore({ folder, durability: "process", space: openDiskSpace() });

/** A bucket with 20 objects, an upload and a part. */
const filled = (): string => {
  const folder = newFolder();
  const store = open(folder);
  store.createBucket("bucket");
  const headers = { "content-type": "text/plain", "x-amz-meta-name": "value" };
  for (let i = 0; i < 20; i += 1) {
    const body = Buffer.from(`body ${i}`.repeat(200));
    const object = { key: `key ${i}`, bytes: body.length, etag: "e-2", headers, modifiedAt: i };
    store.put("bucket", { ...object, body });
  }
  store.createUpload({ id: "upload", bucket: "bucket", key: "large", headers: {} });
  store.putPart("upload", { number: 1, etag: "e", body: Buffer.from("content of a part") });
  store.close();
  return folder;
};

const corruptOf = (folder: string): string | undefined => {
  const database = new DatabaseSync(join(folder, databaseFile));
  try {
    return findCorruptObject(database);
  } finally {
    database.close();
  }
};

it.each([
  ["a body", "body 7body 7body 7", "an object is corrupt"],
  ["metadata", "x-amz-meta-name", "an object is corrupt"],
  ["a part", "content of a part", "a row of its parts is corrupt"],
])("a changed byte of %s is found, and a repair keeps the other objects", (_, text, found) => {
  const folder = filled();
  expect(corruptOf(folder)).toBeUndefined();
  const path = join(folder, databaseFile);
  const bytes = readFileSync(path);
  // SQLite may leave old copies before the row.
  const at = bytes.lastIndexOf(text) + text.length - 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(corruptOf(folder)).toBe(found);
  const isObject = found === "an object is corrupt";
  expect(salvageBuckets(folder)).toBe(isObject ? 19 : 20);
  expect(corruptOf(folder)).toBeUndefined();
  const store = open(folder);
  expect(store.list("bucket", "", 100)).toHaveLength(isObject ? 19 : 20);
  expect(store.parts("upload")).toHaveLength(isObject ? 1 : 0);
  store.close();
});
