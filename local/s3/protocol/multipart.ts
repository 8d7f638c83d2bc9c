import { createHash, randomUUID } from "node:crypto";
import type { AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import { invalidArgument, notImplemented, s3Failure } from "../errors.ts";
import { objectBytesMax, partBytesMin, partsMax, uploadsMax } from "../limits.ts";
import { md5Of, type ObjectStore, type Upload } from "../objectStore.ts";
import type { Address } from "./address.ts";
import { checkKey, checkReplaced, empty, refuseHeaders, storedHeaders } from "./objects.ts";
import { uploadBody } from "./requestBody.ts";
import { elementsIn, textIn, xmlResponse } from "./xml.ts";

/*
 * Multipart uploads, which the AWS CLI uses for files of more than 8 MB.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */

export const createUpload = (
  store: ObjectStore,
  { bucket, key }: Address,
  request: AwsRequest,
): AwsResponse => {
  checkKey(key);
  refuseHeaders(request);
  if (store.uploadCount() >= uploadsMax) throw s3Failure("TooManyUploads");
  const id = randomUUID();
  store.createUpload({ id, bucket, key, headers: storedHeaders(request) });
  return xmlResponse("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id });
};

export const uploadPart = (
  store: ObjectStore,
  address: Address,
  request: AwsRequest,
): AwsResponse => {
  const { id } = findUpload(store, address);
  const number = Number(address.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > partsMax) {
    throw invalidArgument(`Part number must be an integer between 1 and ${partsMax}, inclusive`);
  }
  if (request.headers["x-amz-copy-source"] !== undefined) throw notImplemented("UploadPartCopy");
  const { body, crc32 } = uploadBody(request);
  const etag = md5Of(body);
  store.putPart(id, { number, etag, body });
  return empty({ etag: `"${etag}"`, ...(crc32 && { "x-amz-checksum-crc32": crc32 }) });
};

export const completeUpload = (
  store: ObjectStore,
  address: Address,
  request: AwsRequest,
): AwsResponse => {
  const { id, bucket, key, headers } = findUpload(store, address);
  const requested = elementsIn(uploadBody(request).body.toString(), "Part").map((part) => ({
    number: Number(textIn(part, "PartNumber")),
    etag: textIn(part, "ETag")?.replaceAll('"', ""),
  }));
  if (requested.length === 0) throw s3Failure("MalformedXML");
  const isAscending = requested.every(
    ({ number }, i) => i === 0 || number > (requested[i - 1]?.number ?? 0),
  );
  if (!isAscending) throw s3Failure("InvalidPartOrder");
  checkReplaced(store.head(bucket, key), request);
  const bodies: Uint8Array[] = [];
  const digests = createHash("md5");
  let bytes = 0;
  for (const [i, { number, etag }] of requested.entries()) {
    const part = store.part(id, number);
    if (part === undefined || part.etag !== etag) throw s3Failure("InvalidPart");
    const isLast = i === requested.length - 1;
    if (part.body.length < partBytesMin && !isLast) throw s3Failure("EntityTooSmall");
    bytes += part.body.length;
    if (bytes > objectBytesMax) throw s3Failure("EntityTooLarge");
    digests.update(part.etag, "hex");
    bodies.push(part.body);
  }
  const etag = `${digests.digest("hex")}-${requested.length}`;
  const body = Buffer.concat(bodies);
  store.put(bucket, { key, bytes, etag, headers, modifiedAt: Date.now(), body });
  store.deleteUpload(id);
  return xmlResponse("CompleteMultipartUploadResult", {
    Bucket: bucket,
    Key: key,
    ETag: `"${etag}"`,
  });
};

export const abortUpload = (store: ObjectStore, address: Address): AwsResponse => {
  store.deleteUpload(findUpload(store, address).id);
  return { status: 204, headers: {}, body: "" };
};

export const listParts = (store: ObjectStore, address: Address): AwsResponse => {
  const { id, bucket, key } = findUpload(store, address);
  return xmlResponse("ListPartsResult", {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    IsTruncated: false,
    Part: store.parts(id).map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` })),
  });
};

const findUpload = (store: ObjectStore, { bucket, key, query }: Address): Upload => {
  const upload = store.upload(query.get("uploadId") ?? "");
  if (upload?.bucket !== bucket || upload?.key !== key) throw s3Failure("NoSuchUpload");
  return upload;
};
