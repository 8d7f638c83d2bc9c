import { SignatureFailure } from "../../http/authenticatedServer.ts";
import type { AwsHandler, AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import { requireDiskSpace } from "../../http/requireDiskSpace.ts";
import type { RestFailure } from "../../http/restFailure.ts";
import { xmlOf } from "../../http/xmlText.ts";
import type { Access } from "../../iam/access.ts";
import { AccessDenied } from "../../iam/accessDenied.ts";
import { missingObjectPermissions, s3Permissions } from "../../iam/permission/s3.ts";
import type { UsageMeter } from "../../platform/usageMeter.ts";
import type { DiskSpace } from "../../state/diskSpace.ts";
import { notImplemented, s3Failure, signatureErrors } from "../errors.ts";
import type { ObjectStore } from "../objectStore.ts";
import { type Address, addressOf, copySource } from "./address.ts";
import { listObjects } from "./listObjects.ts";
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from "./multipart.ts";
import {
  deleteObject,
  deleteObjects,
  empty,
  getObject,
  headObject,
  putObject,
  refuseSubresource,
} from "./objects.ts";
import { elementsIn, textIn, xmlResponse } from "./xml.ts";

export interface S3HandlerDeps {
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly store: ObjectStore;
  readonly region: string;
  readonly usageMeter: UsageMeter;
  readonly space: DiskSpace;
}

/**
 * Answers path-style requests in the REST protocol of S3. A response to a change is sent when the
 * change is committed.
 */
export const s3Handler = (deps: S3HandlerDeps): AwsHandler => {
  const { store, usageMeter, space } = deps;
  return async (request) => {
    const { method } = request;
    const isRead = method === "GET" || method === "HEAD";
    if (!isRead) await requireDiskSpace(space);
    const address = addressOf(request);
    if (request.roleKey !== undefined) authorize(deps, address, request);
    meter(usageMeter, request, address);
    const response = answer(deps, address, request);
    if (!isRead) await store.committed();
    return response;
  };
};

/** Fails with an `AccessDenied` unless the role may make a request. */
const authorize = (
  { access, store }: S3HandlerDeps,
  { bucket, key, query }: Address,
  { method, headers, body, roleKey }: AwsRequest,
): void => {
  const copied = headers["x-amz-copy-source"];
  const permissions = s3Permissions({
    method,
    bucket,
    key,
    query,
    headers,
    keys: () => elementsIn(body.toString(), "Object").map((one) => textIn(one, "Key") ?? ""),
    source: copied === undefined ? undefined : copySource(copied),
  });
  access?.authorize(roleKey, permissions);
  const isRead = (method === "GET" || method === "HEAD") && key !== "" && !query.has("uploadId");
  if (isRead && store.hasBucket(bucket) && store.head(bucket, key) === undefined) {
    access?.authorize(roleKey, missingObjectPermissions({ bucket, key }));
  }
};

const answer = (deps: S3HandlerDeps, address: Address, request: AwsRequest): AwsResponse => {
  const { bucket, key } = address;
  if (bucket === "") return listBuckets(deps, request);
  if (key === "") return answerBucket(deps, address, request);
  if (!deps.store.hasBucket(bucket)) throw s3Failure("NoSuchBucket");
  return answerObject(deps.store, address, request);
};

const listBuckets = ({ store }: S3HandlerDeps, { method }: AwsRequest): AwsResponse => {
  if (method !== "GET") throw notImplemented(`${method} without a bucket`);
  const Bucket = store.buckets().map(({ name, createdAt }) => ({
    Name: name,
    CreationDate: new Date(createdAt).toISOString(),
  }));
  return xmlResponse("ListAllMyBucketsResult", {
    Owner: { ID: "000000000000" },
    Buckets: { Bucket },
  });
};

const listParameters = [
  "list-type",
  "prefix",
  "delimiter",
  "max-keys",
  "continuation-token",
  "start-after",
  "marker",
  "encoding-type",
  "fetch-owner",
];

const answerBucket = (
  { store, region }: S3HandlerDeps,
  address: Address,
  request: AwsRequest,
): AwsResponse => {
  const { bucket, query } = address;
  const { method } = request;
  if (method === "PUT") {
    refuseSubresource(query, []);
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw s3Failure("InvalidBucketName");
    store.createBucket(bucket);
    return empty({ location: `/${bucket}` });
  }
  if (!store.hasBucket(bucket)) throw s3Failure("NoSuchBucket");
  if (method === "POST" && query.has("delete")) return deleteObjects(store, address, request);
  if (method === "HEAD") return empty({ "x-amz-bucket-region": region });
  if (method === "GET" && query.has("location")) {
    return xmlResponse("LocationConstraint", {});
  }
  if (method === "GET") {
    refuseSubresource(query, listParameters);
    return listObjects(store, address);
  }
  if (method !== "DELETE") throw notImplemented(`${method} on a bucket`);
  refuseSubresource(query, []);
  if (store.list(bucket, "", 1).length > 0) throw s3Failure("BucketNotEmpty");
  store.deleteBucket(bucket);
  return { status: 204, headers: {}, body: "" };
};

const answerObject = (store: ObjectStore, address: Address, request: AwsRequest): AwsResponse => {
  const { query } = address;
  const { method } = request;
  const isUpload = query.has("uploadId");
  refuseSubresource(query, isUpload ? ["uploadId", "partNumber", "max-parts"] : ["uploads"]);
  switch (method) {
    case "PUT":
      return isUpload ? uploadPart(store, address, request) : putObject(store, address, request);
    case "GET":
      return isUpload ? listParts(store, address) : getObject(store, address, request);
    case "HEAD":
      return headObject(store, address, request);
    case "DELETE":
      return isUpload ? abortUpload(store, address) : deleteObject(store, address);
    case "POST":
      if (isUpload) return completeUpload(store, address, request);
      if (query.has("uploads")) return createUpload(store, address, request);
  }
  throw notImplemented(`${method} on an object`);
};

/** AWS bills PUT, POST and lists at one price, GET and HEAD at another. DELETE is free. */
const meter = (usageMeter: UsageMeter, { method }: AwsRequest, { key, query }: Address): void => {
  const isList = method === "GET" && key === "" && !query.has("location");
  if (method === "PUT" || method === "POST" || isList) usageMeter.add("s3Writes", 1);
  else if (method === "GET" || method === "HEAD") usageMeter.add("s3Reads", 1);
};

/** S3 writes the resource in quotes. */
const deniedMessage = ({ message, denial: { resource } }: AccessDenied): string =>
  message.replace(`: ${resource} `, `: "${resource}" `);

/** Status, code and text of a failure as S3 names them. */
const s3Error = (failure: RestFailure): readonly [number, string, string] => {
  if (failure instanceof SignatureFailure) return signatureErrors[failure.problem];
  const { status } = failure;
  const message = failure instanceof AccessDenied ? deniedMessage(failure) : failure.message;
  return [status, status === 403 ? "AccessDenied" : failure.code, message];
};

/** A failure as S3 sends it. The response to HEAD has no body. */
export const s3ErrorResponse = (failure: RestFailure, { method }: AwsRequest): AwsResponse => {
  const [status, code, message] = s3Error(failure);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${xmlOf({ Error: { Code: code, Message: message } })}`;
  return {
    status,
    headers: { "content-type": "application/xml", "x-amzn-errortype": code },
    body: method === "HEAD" ? "" : xml,
  };
};
