import type { AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import { invalidArgument, notImplemented, s3Failure } from "../errors.ts";
import {
  keyBytesMax,
  listMax,
  metadataBytesMax,
  tagCharsMax,
  tagNameCharsMax,
  tagsMax,
} from "../limits.ts";
import { md5Of, type ObjectInfo, type ObjectStore, type StoredObject } from "../objectStore.ts";
import { type Address, copySource } from "./address.ts";
import { uploadBody } from "./requestBody.ts";
import { elementsIn, textIn, xmlResponse } from "./xml.ts";

/** Headers of an upload that the responses of a read repeat. */
const repeated =
  /^(content-type|cache-control|content-disposition|content-language|expires|x-amz-meta-.+)$/;
const crc32Header = "x-amz-checksum-crc32";
const tagsHeader = "x-amz-tagging";

/** The headers of an upload that are stored with the object. Fails when they are too long. */
export const storedHeaders = ({ headers }: AwsRequest): Record<string, string> => {
  const stored: Record<string, string> = { "content-type": "application/octet-stream" };
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !repeated.test(name)) continue;
    stored[name] = value;
    if (name.startsWith("x-amz-meta-")) {
      metadataBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    }
  }
  if (metadataBytes > metadataBytesMax) throw s3Failure("MetadataTooLarge");
  const tags = headers[tagsHeader];
  if (tags !== undefined) checkTags(tags);
  const encodings = (headers["content-encoding"] ?? "").split(/,\s*/);
  const encoding = encodings.filter((one) => one !== "aws-chunked" && one !== "").join(",");
  return {
    ...stored,
    ...(encoding !== "" && { "content-encoding": encoding }),
    ...(tags && { [tagsHeader]: tags }),
  };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const checkTags = (given: string): void => {
  const tags = [...new URLSearchParams(given)];
  const names = new Set(tags.map(([name]) => name));
  const isValid = tags.every(
    ([name, value]) => name !== "" && name.length <= tagNameCharsMax && value.length <= tagCharsMax,
  );
  if (!isValid || tags.length > tagsMax || names.size < tags.length) throw s3Failure("InvalidTag");
};

export const checkKey = (key: string): void => {
  if (Buffer.byteLength(key) > keyBytesMax) throw s3Failure("KeyTooLongError");
};

/** Checks the conditions of a write about the object that it replaces. */
export const checkReplaced = (before: ObjectInfo | undefined, { headers }: AwsRequest): void => {
  const { "if-none-match": absent, "if-match": expected } = headers;
  if (absent !== undefined && absent !== "*") throw notImplemented("an ETag in If-None-Match");
  if (absent !== undefined && before !== undefined) throw s3Failure("PreconditionFailed");
  if (expected === undefined) return;
  if (before === undefined) throw s3Failure("NoSuchKey");
  if (unquoted(expected) !== before.etag) throw s3Failure("PreconditionFailed");
};

/** Rejects headers that change the result of a write and are not supported. */
export const refuseHeaders = ({ headers }: AwsRequest): void => {
  const name = Object.keys(headers).find((one) => unsupportedHeaders.test(one));
  if (name !== undefined) throw notImplemented(`the header ${name}`);
};

const unsupportedHeaders =
  /^x-amz-(copy-source-if-.*|tagging-.*|object-lock-.*|write-offset-bytes|website-redirect-location)$/;

/** PutObject and CopyObject. */
export const putObject = (
  store: ObjectStore,
  { bucket, key }: Address,
  request: AwsRequest,
): AwsResponse => {
  checkKey(key);
  refuseHeaders(request);
  const source = request.headers["x-amz-copy-source"];
  checkReplaced(store.head(bucket, key), request);
  if (source !== undefined) return copyObject(store, { bucket, key, source }, request);
  const { body, crc32 } = uploadBody(request);
  const headers = { ...storedHeaders(request), ...(crc32 && { [crc32Header]: crc32 }) };
  const etag = md5Of(body);
  store.put(bucket, { key, bytes: body.length, etag, headers, modifiedAt: Date.now(), body });
  return empty({ etag: `"${etag}"`, ...(crc32 && { [crc32Header]: crc32 }) });
};

const copyObject = (
  store: ObjectStore,
  { bucket, key, source }: { bucket: string; key: string; source: string },
  request: AwsRequest,
): AwsResponse => {
  const from = copySource(source);
  if (!store.hasBucket(from.bucket)) throw s3Failure("NoSuchBucket");
  const found = store.get(from.bucket, from.key);
  if (found === undefined) throw s3Failure("NoSuchKey");
  const isSame = from.bucket === bucket && from.key === key;
  const isReplaced = request.headers["x-amz-metadata-directive"] === "REPLACE";
  const headers = isReplaced ? storedHeaders(request) : found.headers;
  if (isSame && !isReplaced) throw s3Failure("InvalidRequest");
  const modifiedAt = Date.now();
  store.put(bucket, { ...found, key, headers, modifiedAt });
  return xmlResponse("CopyObjectResult", {
    ETag: `"${found.etag}"`,
    LastModified: new Date(modifiedAt).toISOString(),
  });
};

/** GetObject. */
export const getObject = (
  store: ObjectStore,
  { bucket, key }: Address,
  request: AwsRequest,
): AwsResponse => {
  const object = store.get(bucket, key);
  if (object === undefined) throw s3Failure("NoSuchKey");
  const unchanged = checkConditions(object, request);
  if (unchanged !== undefined) return unchanged;
  const { range } = request.headers;
  if (range !== undefined) return rangeOf(object, range);
  const headers = { ...infoHeaders(object, request), "content-length": String(object.bytes) };
  return { status: 200, headers, body: object.body };
};

/** HeadObject. */
export const headObject = (
  store: ObjectStore,
  { bucket, key }: Address,
  request: AwsRequest,
): AwsResponse => {
  const info = store.head(bucket, key);
  if (info === undefined) throw s3Failure("NoSuchKey");
  const unchanged = checkConditions(info, request);
  if (unchanged !== undefined) return unchanged;
  const headers = { ...infoHeaders(info, request), "content-length": String(info.bytes) };
  return { status: 200, headers, body: "" };
};

const checkConditions = (
  { etag, modifiedAt }: ObjectInfo,
  { headers }: AwsRequest,
): AwsResponse | undefined => {
  const expected = headers["if-match"];
  if (expected !== undefined && expected !== "*" && unquoted(expected) !== etag) {
    throw s3Failure("PreconditionFailed");
  }
  const known = headers["if-none-match"];
  const since = headers["if-modified-since"];
  const isKnown =
    known === undefined
      ? since !== undefined && modifiedAt < Date.parse(since) + 1_000
      : known === "*" || unquoted(known) === etag;
  return isKnown ? { status: 304, headers: { etag: `"${etag}"` }, body: "" } : undefined;
};

const unquoted = (etag: string): string => etag.replaceAll('"', "");

const infoHeaders = (
  { etag, modifiedAt, headers }: ObjectInfo,
  request: AwsRequest,
): Record<string, string> => {
  const { [crc32Header]: crc32 } = headers;
  const hasChecksum = crc32 !== undefined && request.headers["x-amz-checksum-mode"] === "ENABLED";
  return {
    ...shown(headers),
    etag: `"${etag}"`,
    "last-modified": new Date(modifiedAt).toUTCString(),
    "accept-ranges": "bytes",
    ...(hasChecksum && { [crc32Header]: crc32 }),
  };
};

/** The stored headers as a read returns them: only the number of the tags. */
const shown = (headers: ObjectInfo["headers"]): Record<string, string> => {
  const { [crc32Header]: _, [tagsHeader]: tags, ...others } = headers;
  const count = new URLSearchParams(tags).size;
  return { ...others, ...(count > 0 && { "x-amz-tagging-count": String(count) }) };
};

/** One range of bytes, as S3 supports it. Any other header value is ignored. */
const rangeOf = (object: StoredObject, range: string): AwsResponse => {
  const { body, bytes, headers, etag, modifiedAt } = object;
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const common = {
    ...shown(headers),
    etag: `"${etag}"`,
    "last-modified": new Date(modifiedAt).toUTCString(),
    "accept-ranges": "bytes",
  };
  if (from === "" && to === "") {
    return { status: 200, headers: { ...common, "content-length": String(bytes) }, body };
  }
  const start = from === "" ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (start > end || start >= bytes) throw s3Failure("InvalidRange");
  return {
    status: 206,
    headers: {
      ...common,
      "content-range": `bytes ${start}-${end}/${bytes}`,
      "content-length": String(end - start + 1),
    },
    body: body.subarray(start, end + 1),
  };
};

/** DeleteObjects. Missing objects count as deleted. */
export const deleteObjects = (
  store: ObjectStore,
  { bucket }: Address,
  request: AwsRequest,
): AwsResponse => {
  const xml = uploadBody(request).body.toString();
  const keys = elementsIn(xml, "Object").flatMap((one) => textIn(one, "Key") ?? []);
  if (keys.length === 0 || keys.length > listMax) throw s3Failure("MalformedXML");
  for (const key of keys) store.delete(bucket, key);
  const isQuiet = textIn(xml, "Quiet") === "true";
  return xmlResponse("DeleteResult", { Deleted: isQuiet ? [] : keys.map((Key) => ({ Key })) });
};

/** DeleteObject. A missing object counts as deleted. */
export const deleteObject = (store: ObjectStore, { bucket, key }: Address): AwsResponse => {
  store.delete(bucket, key);
  return { status: 204, headers: {}, body: "" };
};

export const empty = (headers: Readonly<Record<string, string>> = {}): AwsResponse => ({
  status: 200,
  headers,
  body: "",
});

/** Rejects a parameter that selects another operation. */
export const refuseSubresource = (query: URLSearchParams, allowed: readonly string[]): void => {
  for (const name of query.keys()) {
    const isIgnored = allowed.includes(name) || name === "x-id" || name.startsWith("X-Amz-");
    if (isIgnored) continue;
    if (name === "versionId") throw invalidArgument("versions of objects are not supported here");
    throw notImplemented(`the parameter ${name}`);
  }
};
