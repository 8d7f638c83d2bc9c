import type { AwsResponse } from "../../http/awsRequest.ts";
import type { Elements } from "../../http/xmlText.ts";
import { invalidArgument } from "../errors.ts";
import { listMax } from "../limits.ts";
import type { ObjectInfo, ObjectStore } from "../objectStore.ts";
import type { Address } from "./address.ts";
import { xmlResponse } from "./xml.ts";

interface Listing {
  readonly objects: readonly ObjectInfo[];
  readonly prefixes: readonly string[];
  /** The last key or common prefix, if there are more. */
  readonly next: string | undefined;
}

interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only keys and common prefixes greater than this. */
  readonly after: string;
  readonly max: number;
}

/** Sorts after every key that begins with the text before it. */
const afterAll = "\u{10ffff}";

/** ListObjectsV2, and ListObjects if `list-type` is absent. */
export const listObjects = (store: ObjectStore, { bucket, query }: Address): AwsResponse => {
  const isSecond = query.get("list-type") === "2";
  const token = query.get("continuation-token");
  const start = isSecond ? query.get("start-after") : query.get("marker");
  const after = token === null ? (start ?? "") : Buffer.from(token, "base64url").toString();
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const max = keysMax(query.get("max-keys"));
  const { objects, prefixes, next } = list(store, bucket, { prefix, delimiter, after, max });
  const isEncoded = query.get("encoding-type") === "url";
  const encode = (text: string): string => (isEncoded ? encodeURIComponent(text) : text);
  const page: Elements = isSecond
    ? {
        KeyCount: objects.length + prefixes.length,
        StartAfter: start === null ? undefined : encode(start),
        ContinuationToken: token ?? undefined,
        NextContinuationToken: next && Buffer.from(next).toString("base64url"),
      }
    : { Marker: encode(start ?? ""), NextMarker: next && encode(next) };
  return xmlResponse("ListBucketResult", {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: isEncoded ? "url" : undefined,
    MaxKeys: max,
    IsTruncated: next !== undefined,
    ...page,
    Contents: objects.map(({ key, etag, bytes, modifiedAt }) => ({
      Key: encode(key),
      LastModified: new Date(modifiedAt).toISOString(),
      ETag: `"${etag}"`,
      Size: bytes,
      StorageClass: "STANDARD",
    })),
    CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
  });
};

const keysMax = (given: string | null): number => {
  if (given === null) return listMax;
  if (/^\d{1,9}$/.test(given)) return Math.min(Number(given), listMax);
  throw invalidArgument("Provided max-keys not an integer or within integer range");
};

/** Each step reads keys after a cursor; a common prefix skips all keys that begin with it. */
const list = (
  store: ObjectStore,
  bucket: string,
  { prefix, delimiter, after, max }: ListRequest,
): Listing => {
  const objects: ObjectInfo[] = [];
  const prefixes: string[] = [];
  const commonPrefix = (key: string): string | undefined => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  // A key that ends with the delimiter is not a common prefix if the delimiter begins in `prefix`.
  const isAfterPrefix = after.startsWith(prefix) && commonPrefix(after) === after;
  let cursor = isAfterPrefix ? `${after}${afterAll}` : after;
  // The first key with the prefix is greater than this; the key may equal the prefix itself.
  const needsPrefix = Buffer.compare(Buffer.from(cursor), Buffer.from(prefix)) < 0;
  let exact = needsPrefix ? store.head(bucket, prefix) : undefined;
  if (needsPrefix) cursor = prefix;
  let last: string | undefined;
  while (max > 0) {
    const step = delimiter === "" ? Math.min(listMax + 1, max + 1 - objects.length) : 1;
    const found = exact === undefined ? store.list(bucket, cursor, step) : [exact];
    exact = undefined;
    for (const object of found) {
      if (!object.key.startsWith(prefix)) return { objects, prefixes, next: undefined };
      if (objects.length + prefixes.length >= max) return { objects, prefixes, next: last };
      const common = commonPrefix(object.key);
      if (common === undefined) objects.push(object);
      else prefixes.push(common);
      last = common ?? object.key;
      cursor = common === undefined ? object.key : `${common}${afterAll}`;
    }
    if (found.length === 0) break;
  }
  return { objects, prefixes, next: undefined };
};
