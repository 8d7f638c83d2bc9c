import type { SQLInputValue } from "node:sqlite";
import { crc32 } from "node:zlib";

/** The tables of the database. The last column of each is a checksum of the others. */
export const createTables = `
CREATE TABLE IF NOT EXISTS buckets (
  name TEXT PRIMARY KEY, createdAt INTEGER NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
  bucket TEXT NOT NULL, key TEXT NOT NULL, bytes INTEGER NOT NULL, etag TEXT NOT NULL,
  headers TEXT NOT NULL, modifiedAt INTEGER NOT NULL, body BLOB NOT NULL, sum INTEGER NOT NULL,
  PRIMARY KEY (bucket, key));
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL,
  sum INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
  upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, body BLOB NOT NULL,
  sum INTEGER NOT NULL, PRIMARY KEY (upload, number));
`;

/** The name of the table that is created last. */
export const lastTable = "parts";

/** The columns of each table without the checksum, and those of its key. */
export const tableColumns = {
  buckets: { key: ["name"], columns: ["name", "createdAt"] },
  objects: {
    key: ["bucket", "key"],
    columns: ["bucket", "key", "bytes", "etag", "headers", "modifiedAt", "body"],
  },
  uploads: { key: ["id"], columns: ["id", "bucket", "key", "headers"] },
  parts: { key: ["upload", "number"], columns: ["upload", "number", "etag", "body"] },
} as const;

/** The values of a row, followed by their checksum. */
export const withSum = (values: readonly SQLInputValue[]): SQLInputValue[] => [
  ...values,
  rowSum(values),
];

/** The checksum of the values of a row: their types, lengths and bytes. */
export const rowSum = (values: readonly SQLInputValue[]): number => {
  let sum = 0;
  for (const value of values) {
    const bytes = ArrayBuffer.isView(value) ? value : Buffer.from(String(value));
    sum = crc32(bytes, crc32(`${typeof value} ${bytes.byteLength} `, sum));
  }
  return sum;
};
