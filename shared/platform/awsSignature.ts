import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { omitUndefined } from "./omitUndefined.ts";

/** The credentials of a function, which Lambda sets for the lifetime of its environment. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Reads the credentials from the variables that Lambda sets for each function. */
export const functionCredentials = (): Credentials => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? "",
    ...omitUndefined({ sessionToken: AWS_SESSION_TOKEN || undefined }),
  };
};

export interface UnsignedCall {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded as sent. */
  readonly path: string;
  /** Without `?`, percent-encoded and sorted by name. */
  readonly query: string;
  /** Names in lower case. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Returns the headers of the signed request, those given included. */
export type SignCall = (call: UnsignedCall, now: number) => Record<string, string>;

const algorithm = "AWS4-HMAC-SHA256";

/**
 * Signs calls by Signature Version 4. The key of the day is derived once and kept as a `KeyObject`:
 * with a buffer, each HMAC costs five times as much.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const callSigner = (
  { service, region }: { service: string; region: string },
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): SignCall => {
  let day = "";
  let key = secretKey(secretAccessKey);
  // S3 requires the hash of the content as a header, and encodes a path once.
  const isS3 = service === "s3";
  const keyOf = (date: string): KeyObject => {
    if (date !== day) {
      key = deriveKey(secretAccessKey, [date, region, service]);
      day = date;
    }
    return key;
  };
  return ({ method, host, path, query, headers, body }, now) => {
    const time = signingTime(now);
    const date = time.slice(0, 8);
    const contentHash = sha256(body);
    const signed: Record<string, string> = {
      ...headers,
      ...(isS3 && { "x-amz-content-sha256": contentHash }),
      host,
      "x-amz-date": time,
      ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const canonical = [
      method,
      isS3 ? path : canonicalPath(path),
      query,
      ...names.map((name) => `${name}:${signed[name]?.trim()}`),
      "",
      names.join(";"),
      contentHash,
    ].join("\n");
    const scope = `${date}/${region}/${service}/aws4_request`;
    const text = [algorithm, time, scope, sha256(canonical)].join("\n");
    const signature = hmac(keyOf(date), text).toString("hex");
    const authorization = `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return { ...signed, authorization };
  };
};

/**
 * Signs a WebSocket URL of a broker for one minute, in its query. AWS IoT Core requires the session
 * token after the signature.
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
 */
export const signWebSocketUrl = (
  url: URL,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  now: number,
): URL => {
  const signed = signQuery(url, {
    service: "iotdevicegateway",
    region,
    seconds: urlSeconds,
    now,
    credentials: { accessKeyId, secretAccessKey },
    path: canonicalPath(url.pathname),
    contentHash: sha256(""),
  });
  if (sessionToken !== undefined) signed.searchParams.set("X-Amz-Security-Token", sessionToken);
  return signed;
};

/**
 * Presigns a GET of an object in S3: any client with the URL can read the object for `seconds`, as
 * long as the credentials are valid. A request with the URL may have a `Range` header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export const presignObject = (
  url: URL,
  options: {
    readonly region: string;
    readonly credentials: Credentials;
    readonly seconds: number;
    readonly now: number;
  },
): URL =>
  signQuery(url, {
    ...options,
    service: "s3",
    path: url.pathname,
    contentHash: "UNSIGNED-PAYLOAD",
  });

interface QuerySigning {
  readonly service: string;
  readonly region: string;
  readonly seconds: number;
  readonly now: number;
  /** A session token here is signed. */
  readonly credentials: Credentials;
  /** The canonical path. */
  readonly path: string;
  readonly contentHash: string;
}

/** Signs a GET in the query of its URL. */
const signQuery = (
  url: URL,
  { service, region, seconds, now, credentials, path, contentHash }: QuerySigning,
): URL => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = signingTime(now);
  const parts = [time.slice(0, 8), region, service];
  const scope = [...parts, "aws4_request"].join("/");
  const signed = new URL(url);
  // In the order of their names, as in the signature.
  const query = {
    "X-Amz-Algorithm": algorithm,
    "X-Amz-Credential": `${accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(seconds),
    ...(sessionToken !== undefined && { "X-Amz-Security-Token": sessionToken }),
    "X-Amz-SignedHeaders": "host",
  };
  for (const [name, value] of Object.entries(query)) signed.searchParams.set(name, value);
  const head = ["GET", path, signed.search.slice(1), `host:${signed.host}`, "", "host"];
  const canonical = [...head, contentHash].join("\n");
  const text = [algorithm, time, scope, sha256(canonical)].join("\n");
  const signature = hmac(deriveKey(secretAccessKey, parts), text).toString("hex");
  signed.searchParams.set("X-Amz-Signature", signature);
  return signed;
};

/** Validity of a signed URL. It is used at once. */
const urlSeconds = 60;

/** The key of a day, for one region and service. */
const deriveKey = (secretAccessKey: string, parts: readonly string[]): KeyObject =>
  [...parts, "aws4_request"].reduce(
    (last, text) => createSecretKey(hmac(last, text)),
    secretKey(secretAccessKey),
  );

const secretKey = (secretAccessKey: string): KeyObject =>
  createSecretKey(Buffer.from(`AWS4${secretAccessKey}`));

/** `20260131T235900Z` */
const signingTime = (now: number): string => {
  const second = Math.floor(now / 1_000);
  if (second !== lastTime.second) {
    const iso = new Date(now).toISOString();
    lastTime = { second, text: `${iso.slice(0, 19).replaceAll(/[-:]/g, "")}Z` };
  }
  return lastTime.text;
};

/** The text of the latest second: to format it takes longer than a hash. */
let lastTime = { second: Number.NaN, text: "" };

/** Each segment is encoded a second time, as for every service except S3. */
const canonicalPath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

const sha256 = (content: string | Uint8Array): string => hash("sha256", content, "hex");

const hmac = (key: KeyObject, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();
