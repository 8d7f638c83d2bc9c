import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { clockSkewMs, presignedSecondsMax, s3PresignedSecondsMax } from "./limits.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As received, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The access keys of roles. */
export interface AccessKeys {
  /** The secret of an access key; `undefined` for an unknown one. */
  secretOf(accessKeyId: string): string | undefined;
}

/** The accepted credentials, region and services of a signature. */
export interface Signers {
  /** The credentials of the account's owner. */
  readonly credentials: Credentials;
  /** Further access keys, whose requests are limited by the policies of their roles. */
  readonly roles?: AccessKeys | undefined;
  readonly region: string;
  /** Accepted service names in the signature's credential scope. */
  readonly services: readonly string[];
}

/** What is wrong with a signature. */
export type SignatureProblem =
  | "unsigned"
  | "unknownKey"
  | "expired"
  | "notYetValid"
  | "skewed"
  | "badExpiry"
  | "wrongScope"
  | "mismatch";

/** A request with an invalid signature. */
export class BadSignature extends Error {
  override readonly name = "BadSignature";
  readonly problem: SignatureProblem;

  constructor(message: string, problem: SignatureProblem) {
    super(message);
    this.problem = problem;
  }
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  /** `20260131T235959Z`. */
  readonly date: string;
}

const algorithm = "AWS4-HMAC-SHA256";

const streamed = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const unsigned = ["UNSIGNED-PAYLOAD", streamed];

/**
 * Verifies a request that is signed in its header or its query, and returns the access key of its
 * role; `undefined` for the account's owner. Fails with a `BadSignature`.
 */
export const verifyRequest = (
  request: IncomingMessage,
  body: Buffer,
  signers: Signers,
): string | undefined => {
  const { method = "GET", url = "/", headers } = request;
  const [path = "", search = ""] = url.split(/\?(.*)/s);
  const signed = { method, path, query: new URLSearchParams(search), headers, body };
  return headers.authorization === undefined
    ? verifyPresigned(signed, signers)
    : verifySigned(signed, signers);
};

/**
 * Verifies that a request uses the access key, without reading its body. Fails with a
 * `BadSignature`.
 */
export const verifyAccessKey = (
  { url = "/", headers }: IncomingMessage,
  signers: Signers,
): void => {
  const { credential } =
    headers.authorization === undefined
      ? queryClaim(new URLSearchParams(url.split(/\?(.*)/s)[1]))
      : headerClaim(headers);
  secretOf(credential.split("/")[0], signers);
};

const secretOf = (accessKeyId = "", { credentials, roles }: Signers): string => {
  if (accessKeyId === credentials.accessKeyId) return credentials.secretAccessKey;
  const secret = roles?.secretOf(accessKeyId);
  if (secret !== undefined) return secret;
  throw new BadSignature(
    "unknown access key: aws.env in the state folder has the access key of this start",
    "unknownKey",
  );
};

/**
 * Verifies a request that is signed in its `Authorization` header by Signature Version 4. Fails
 * with a `BadSignature` that states the reason. This is independent of the signer so that they do
 * not share a mistake.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const verifySigned = (request: SignedRequest, signers: Signers): string | undefined => {
  const claim = headerClaim(request.headers);
  const age = Math.abs(Date.now() - timeOf(claim.date));
  if (!(age <= clockSkewMs))
    throw new BadSignature("the request's time differs too much from the server's time", "skewed");
  const bodyHash = bodyHashOf(request, claim);
  return check(request, { claim, bodyHash, query: [...request.query] }, signers);
};

/**
 * S3 clients declare the hash of the body, or an unsigned body; other clients sign the hash of the
 * body.
 */
const bodyHashOf = ({ headers, body }: SignedRequest, { credential }: Claim): string => {
  const declared = headers["x-amz-content-sha256"];
  if (typeof declared === "string" && isS3(credential) && unsigned.includes(declared))
    return declared;
  const hash = sha256(body);
  if (declared !== undefined && declared !== hash) {
    throw new BadSignature(
      "the header x-amz-content-sha256 is not the hash of the body",
      "mismatch",
    );
  }
  return hash;
};

const isS3 = (credential: string): boolean => credential.split("/")[3] === "s3";

/**
 * Verifies a request that is signed in its query: a WebSocket handshake, or a presigned URL of S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const verifyPresigned = (request: SignedRequest, signers: Signers): string | undefined => {
  const claim = queryClaim(request.query);
  const seconds = validSeconds(request.query.get("X-Amz-Expires"), claim);
  const start = timeOf(claim.date);
  const end = start + Math.min(seconds, presignedSecondsMax) * 1_000;
  if (!(Date.now() < end)) throw new BadSignature("the signature has expired", "expired");
  if (!(start - clockSkewMs <= Date.now())) {
    throw new BadSignature("the signature is not valid yet", "notYetValid");
  }
  // IoT Core expects the session token to be unsigned.
  const unsignedNames = new Set(["X-Amz-Signature"]);
  if (!isS3(claim.credential)) unsignedNames.add("X-Amz-Security-Token");
  const query = [...request.query].filter(([name]) => !unsignedNames.has(name));
  const bodyHash = isS3(claim.credential) ? "UNSIGNED-PAYLOAD" : sha256(request.body);
  return check(request, { claim, bodyHash, query }, signers);
};

/** How long a presigned URL is valid. S3 requires the parameter; IoT Core does not. */
const validSeconds = (expires: string | null, { credential }: Claim): number => {
  if (expires === null && !isS3(credential)) return presignedSecondsMax;
  const seconds = /^\d+$/.test(expires ?? "") ? Number(expires) : undefined;
  if (isS3(credential) && (seconds === undefined || seconds > s3PresignedSecondsMax)) {
    throw new BadSignature(`X-Amz-Expires must be 0 to ${s3PresignedSecondsMax}`, "badExpiry");
  }
  return seconds ?? 0;
};

/** The access key of the role that has signed a request; `undefined` for the account's owner. */
const check = (
  request: SignedRequest,
  signed: { claim: Claim; bodyHash: string; query: [string, string][] },
  signers: Signers,
): string | undefined => {
  const { claim, bodyHash, query } = signed;
  const { credentials, region, services } = signers;
  const [accessKeyId, ...scope] = claim.credential.split("/");
  const [day = "", ...scopeEnd] = scope;
  const secret = secretOf(accessKeyId, signers);
  const isInScope = services.some(
    (service) => scopeEnd.join("/") === `${region}/${service}/aws4_request`,
  );
  if (!isInScope || day === "" || !claim.date.startsWith(day)) {
    throw new BadSignature(
      `signed for ${scope.join("/")}, not for ${services.join()} in ${region}`,
      "wrongScope",
    );
  }
  const names = claim.signedHeaders.split(";");
  if (!names.includes("host")) {
    throw new BadSignature("the header Host is not signed", "mismatch");
  }
  const canonical = [
    request.method,
    isS3(claim.credential) ? request.path : canonicalPath(request.path),
    canonicalQuery(query),
    ...names.map((name) => canonicalHeader(name, request.headers)),
    "",
    claim.signedHeaders,
    bodyHash,
  ].join("\n");
  const text = [algorithm, claim.date, scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(key, text);
  const given = Buffer.from(claim.signature, "hex");
  const isSame = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isSame) throw new BadSignature("the signature does not match the request", "mismatch");
  return accessKeyId === credentials.accessKeyId ? undefined : accessKeyId;
};

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

const headerClaim = (headers: IncomingHttpHeaders): Claim => {
  const match = authorizationPattern.exec(headers.authorization ?? "");
  const date = headers["x-amz-date"];
  const [, credential, signedHeaders, signature] = match ?? [];
  if (!credential || !signedHeaders || !signature || typeof date !== "string") {
    throw new BadSignature("the request is not signed", "unsigned");
  }
  return { credential, signedHeaders, signature, date };
};

const queryClaim = (query: URLSearchParams): Claim => {
  const credential = query.get("X-Amz-Credential");
  const signedHeaders = query.get("X-Amz-SignedHeaders");
  const signature = query.get("X-Amz-Signature");
  const date = query.get("X-Amz-Date");
  const isSigV4 = query.get("X-Amz-Algorithm") === algorithm;
  if (!isSigV4 || !credential || !signedHeaders || !signature || !date) {
    throw new BadSignature("the request is not signed", "unsigned");
  }
  return { credential, signedHeaders, signature, date };
};

const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

// Encoded once more than received, except for S3; without empty segments.
const canonicalPath = (path: string): string => {
  const levels = path.split("/").filter((level) => level !== "" && level !== ".");
  const end = path.endsWith("/") && levels.length > 0 ? "/" : "";
  return `/${levels.map(encoded).join("/")}${end}`;
};

const canonicalQuery = (query: readonly [string, string][]): string =>
  query
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");

const canonicalHeader = (name: string, headers: IncomingHttpHeaders): string => {
  const value = [headers[name] ?? ""].flat().join(",");
  return `${name}:${value.trim().replaceAll(/\s+/g, " ")}`;
};

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (content: Buffer | string): string =>
  createHash("sha256").update(content).digest("hex");

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();
