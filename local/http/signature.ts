import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { clockSkewMs, presignedSecondsMax } from "./limits.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it came, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Who may sign, for which service and where. */
export interface Signers {
  readonly credentials: Credentials;
  readonly region: string;
  /** The names that the signature's scope may have. */
  readonly services: readonly string[];
}

/** A request whose signature does not hold. */
export class BadSignature extends Error {
  override readonly name = "BadSignature";
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

/** Checks a request that was signed in either way. Fails with a `BadSignature`. */
export const verifyRequest = (request: IncomingMessage, body: Buffer, signers: Signers): void => {
  const { method = "GET", url = "/", headers } = request;
  const [path = "", search = ""] = url.split(/\?(.*)/s);
  const signed = { method, path, query: new URLSearchParams(search), headers, body };
  if (headers.authorization === undefined) verifyPresigned(signed, signers);
  else verifySigned(signed, signers);
};

/** Checks that a request names the access key, without reading its body. Fails with a `BadSignature`. */
export const verifyAccessKey = (
  { url = "/", headers }: IncomingMessage,
  { credentials }: Signers,
): void => {
  const { credential } =
    headers.authorization === undefined
      ? queryClaim(new URLSearchParams(url.split(/\?(.*)/s)[1]))
      : headerClaim(headers);
  expectKey(credential.split("/")[0], credentials);
};

const expectKey = (accessKeyId: string | undefined, credentials: Credentials): void => {
  if (accessKeyId === credentials.accessKeyId) return;
  throw new BadSignature(
    "an unknown access key: that of this start is in aws.env in the state folder",
  );
};

/**
 * Checks a request that was signed in its `Authorization` header by Signature Version 4. Fails with a
 * `BadSignature` that says why. Written out here so that it does not share a mistake with the signer.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const verifySigned = (request: SignedRequest, signers: Signers): void => {
  const claim = headerClaim(request.headers);
  const age = Math.abs(Date.now() - timeOf(claim.date));
  if (!(age <= clockSkewMs)) throw new BadSignature("the request's time is too far from ours");
  const bodyHash = bodyHashOf(request, claim);
  check(request, { claim, bodyHash, query: [...request.query] }, signers);
};

/** S3 clients say the hash of the body, or that they leave it out; others sign the hash of what they send. */
const bodyHashOf = ({ headers, body }: SignedRequest, { credential }: Claim): string => {
  const said = headers["x-amz-content-sha256"];
  if (typeof said === "string" && isS3(credential) && unsigned.includes(said)) return said;
  const hash = sha256(body);
  if (said !== undefined && said !== hash) {
    throw new BadSignature("the header x-amz-content-sha256 is not the hash of the body");
  }
  return hash;
};

const isS3 = (credential: string): boolean => credential.split("/")[3] === "s3";

/** Checks a request that was signed in its query, as a WebSocket handshake is. */
export const verifyPresigned = (request: SignedRequest, signers: Signers): void => {
  const claim = queryClaim(request.query);
  const seconds = Number(request.query.get("X-Amz-Expires") ?? presignedSecondsMax);
  const start = timeOf(claim.date);
  const end = start + Math.min(seconds, presignedSecondsMax) * 1_000;
  const isInTime = start - clockSkewMs <= Date.now() && Date.now() < end;
  if (!isInTime) throw new BadSignature("the signature has expired");
  // IoT Core wants the session's token beside the signature, not under it.
  const apart = new Set(["X-Amz-Signature", "X-Amz-Security-Token"]);
  const query = [...request.query].filter(([name]) => !apart.has(name));
  const bodyHash = isS3(claim.credential) ? "UNSIGNED-PAYLOAD" : sha256(request.body);
  check(request, { claim, bodyHash, query }, signers);
};

const check = (
  request: SignedRequest,
  signed: { claim: Claim; bodyHash: string; query: [string, string][] },
  { credentials, region, services }: Signers,
): void => {
  const { claim, bodyHash, query } = signed;
  const [accessKeyId, ...scope] = claim.credential.split("/");
  const [day = "", ...place] = scope;
  expectKey(accessKeyId, credentials);
  const isPlace = services.some(
    (service) => place.join("/") === `${region}/${service}/aws4_request`,
  );
  if (!isPlace || day === "" || !claim.date.startsWith(day)) {
    throw new BadSignature(
      `signed for ${scope.join("/")}, not for ${services.join()} in ${region}`,
    );
  }
  const names = claim.signedHeaders.split(";");
  if (!names.includes("host")) throw new BadSignature("the header Host is not signed");
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
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const expected = hmac(key, text);
  const given = Buffer.from(claim.signature, "hex");
  const isSame = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isSame) throw new BadSignature("the signature does not match the request");
};

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

const headerClaim = (headers: IncomingHttpHeaders): Claim => {
  const match = authorizationPattern.exec(headers.authorization ?? "");
  const date = headers["x-amz-date"];
  const [, credential, signedHeaders, signature] = match ?? [];
  if (!credential || !signedHeaders || !signature || typeof date !== "string") {
    throw new BadSignature("the request is not signed");
  }
  return { credential, signedHeaders, signature, date };
};

const queryClaim = (query: URLSearchParams): Claim => {
  const credential = query.get("X-Amz-Credential");
  const signedHeaders = query.get("X-Amz-SignedHeaders");
  const signature = query.get("X-Amz-Signature");
  const date = query.get("X-Amz-Date");
  const hasOwnMessage = query.get("X-Amz-Algorithm") === algorithm;
  if (!hasOwnMessage || !credential || !signedHeaders || !signature || !date) {
    throw new BadSignature("the request is not signed");
  }
  return { credential, signedHeaders, signature, date };
};

const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

// Encoded once more than it came, except for S3; without empty levels.
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
