import { createHash, createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTables } from "../../../local/dynamodb/tables.ts";
import { requestSigner } from "../../../local/http/signRequest.ts";
import { startIot } from "../../../local/iot/iot.ts";
import { startKms } from "../../../local/kms/kms.ts";
import { startInvokeServer } from "../../../local/lambda/invoke/invokeServer.ts";
import { startS3 } from "../../../local/s3/s3.ts";
import { startSqs } from "../../../local/sqs/sqs.ts";
import { credentials, signing } from "../support/signing.ts";

interface RequestInterceptor {
  readonly url: string;
  readonly service: string;
  /** A request that the service answers with 200 when it is signed. */
  readonly ask: { method?: string; path?: string; headers?: Record<string, string>; body?: string };
}

const interceptors = new Map<string, RequestInterceptor>();
const stops: (() => Promise<unknown>)[] = [];
const deaths: Error[] = [];

const json = (target: string, body = "{}", version = "1.0") => ({
  headers: { "x-amz-target": target, "content-type": `application/x-amz-json-${version}` },
  body,
});

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "doors-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const common = { region: "us-east-1", credentials, log: () => {} };
  const onFatalError = (error: Error) => void deaths.push(error);
  const sqs = await startSqs({ ...common, onFatalError });
  const s3 = await startS3({ ...common, onFatalError });
  const tables = await startTables({ ...common, onFatalError });
  const kms = await startKms({ ...common, account: "0", folder });
  const lambda = { invokeForText: async () => "{}", invokeAsync: () => {} };
  const invokes = await startInvokeServer({ ...common, account: "0", lambda });
  const iot = await startIot({
    ...common,
    account: "000000000000",
    folder,
    mqttPort: 0,
    queues: sqs.client,
    buckets: s3.client,
    tables,
  });
  for (const { stop } of [sqs, s3, tables, kms, invokes, iot]) stops.unshift(stop);
  await s3.client.createBucket("bucket");
  interceptors.set("queues", { url: sqs.url, service: "sqs", ask: json("AmazonSQS.ListQueues") });
  interceptors.set("buckets", {
    url: s3.url,
    service: "s3",
    ask: { method: "PUT", path: "/bucket/key", body: "x" },
  });
  interceptors.set("tables", {
    url: tables.url,
    service: "dynamodb",
    ask: json("DynamoDB_20120810.ListTables"),
  });
  interceptors.set("keys", {
    url: kms.url,
    service: "kms",
    ask: json("TrentService.Decrypt", '{"CiphertextBlob":"AAAA"}', "1.1"),
  });
  interceptors.set("functions", {
    url: invokes.url,
    service: "lambda",
    ask: { path: "/2015-03-31/functions/one/invocations", body: "{}" },
  });
  interceptors.set("things", {
    url: iot.control.url,
    service: "iot",
    ask: { path: "/things/one", body: "{}" },
  });
  interceptors.set("messages", {
    url: iot.data.url,
    service: "iotdata",
    ask: { path: "/topics/one", body: "any bytes" },
  });
});

afterAll(async () => {
  for (const stop of stops) await stop();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Change {
  readonly method?: string;
  readonly body?: string;
  /** Replaces headers of the request; `undefined` removes one. */
  readonly headers?: Record<string, string | undefined>;
  /** The signer; `null` sends the request unsigned. */
  readonly signer?: typeof credentials | null;
}

const send = (interceptor: RequestInterceptor, change: Change = {}): Promise<Answer> => {
  const {
    method = "POST",
    path = "/",
    headers = {},
    body = "",
  } = { ...interceptor.ask, ...withoutHeaders(change) };
  const { host: own, hostname, port } = new URL(interceptor.url);
  const host = change.headers?.host ?? own;
  const signer = change.signer === undefined ? credentials : change.signer;
  const signed =
    signer === null
      ? {}
      : requestSigner({ ...signing(interceptor.service), credentials: signer })({
          method,
          host,
          path,
          body,
        });
  const all = Object.entries({ ...headers, ...signed, host, ...change.headers });
  const sent = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const length = { "content-length": Buffer.byteLength(body) };
    request({ hostname, port, method, path, headers: { ...length, ...sent } })
      .on("response", (response) => {
        const { statusCode: status = 0, headers: got } = response;
        text(response).then((read) => resolve({ status, headers: got, text: read }), reject);
      })
      .on("error", reject)
      .end(body);
  });
};

const withoutHeaders = ({ headers: _, ...change }: Change) => change;

const names = ["queues", "buckets", "tables", "keys", "functions", "things", "messages"];

describe.each(names)("the server of the %s", (name) => {
  const interceptor = () => interceptors.get(name)!;
  /** Every KMS action needs a key, so its response is an error. */
  const well = async () => {
    const { status, text: said } = await send(interceptor());
    expect([status, said]).toEqual(
      name === "keys" ? [400, expect.stringContaining("ciphertext")] : [200, expect.anything()],
    );
  };

  it("accepts requests that are signed with the credentials", well);

  it.each<[string, Change]>([
    ["without a signature", { signer: null }],
    ["some other key has signed", { signer: { accessKeyId: "AKIA", secretAccessKey: "x" } }],
    ["some other secret has signed", { signer: { ...credentials, secretAccessKey: "x" } }],
    [
      "claims to be signed",
      {
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
        },
      },
    ],
    ["a page of another site has sent", { headers: { origin: "https://example.com" } }],
    ["a page without an origin has sent", { headers: { origin: "null" } }],
    ["a browser has sent", { headers: { "sec-fetch-site": "same-origin" } }],
    ["an image of a page has sent", { headers: { "sec-fetch-dest": "image" } }],
    ["names another host", { headers: { host: "example.com" } }],
    ["names a host that begins like ours", { headers: { host: "127.0.0.1.example.com:80" } }],
    [
      "is a CORS preflight",
      {
        method: "OPTIONS",
        body: "",
        signer: null,
        headers: { origin: "https://example.com", "access-control-request-method": "POST" },
      },
    ],
    ["is a plain GET", { method: "GET", body: "", signer: null }],
    [
      "has a different body than the signed one",
      { headers: { "x-amz-content-sha256": undefined, authorization: undefined } },
    ],
  ])("rejects a request that %s", async (_, change) => {
    const { status, headers } = await send(interceptor(), change);
    // S3 answers 400 to a signature for another service.
    expect([400, 403]).toContain(status);
    expect(Object.keys(headers).filter((header) => header.startsWith("access-control"))).toEqual(
      [],
    );
    await well();
  });

  it.each([
    ["9,000 nested lists", `{"x":${"[".repeat(9_000)}${"]".repeat(9_000)}}`],
    ["200,000 lists that do not end", "[".repeat(100_000)],
    ["50,000 objects", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
    ["no JSON", "{"],
    ["another value", "null"],
    ["a text", '"x"'],
    ["nothing", ""],
    ["bytes", "\0\u0001\ufffd"],
  ])("responds to %s and continues", async (_, body) => {
    const { status } = await send(interceptor(), { body });
    expect(status).toBeGreaterThanOrEqual(200);
    await well();
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
    "application/xml",
    "application/json",
    "application/x-amz-json-1.0",
    "image/png; a=b; c",
  ])("responds to the content type %j and continues", async (type) => {
    const { status } = await send(interceptor(), { headers: { "content-type": type } });
    expect(status).toBeGreaterThanOrEqual(200);
    await well();
  });

  it("reads no more than its maximum", async () => {
    const { status } = await send(interceptor(), { headers: { "content-length": "99999999999" } });
    expect(status).toBe(413);
    await well();
  });

  it.each([
    ["no HTTP", "\x16\x03\x01\0\0"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ],
    ["a large header", `POST / HTTP/1.1\r\nX: ${"x".repeat(70_000)}\r\n\r\n`],
    ["no host", "POST / HTTP/1.0\r\n\r\n"],
    ["a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    [
      "an upgrade",
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
    ["an odd URL", "GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
  ])("closes a connection that sends %s and continues", async (_, bytes) => {
    const socket = connect(Number(new URL(interceptor().url).port), "127.0.0.1");
    socket.on("error", () => {}).end(bytes);
    const said = await text(socket).catch(() => "");
    expect(said).not.toContain("HTTP/1.1 200");
    await well();
  });
});

it("no service has exited", () => {
  expect(deaths).toEqual([]);
});

it("the tables continue after a deeply nested expression", async () => {
  const tables = interceptors.get("tables")!;
  const deep = `${"(".repeat(2_000)}a = :a${")".repeat(2_000)}`;
  for (const ConditionExpression of [deep, `${"NOT ".repeat(1_000)}a = :a`, deep.repeat(50)]) {
    const Key = { pk: { S: "x" } };
    const body = {
      TableName: "none",
      Key,
      ConditionExpression,
      ExpressionAttributeValues: { ":a": { S: "" } },
    };
    const change = json("DynamoDB_20120810.DeleteItem", JSON.stringify(body));
    const { status } = await send({ ...tables, ask: change });
    expect(status).toBeGreaterThanOrEqual(400);
  }
  expect((await send(tables)).status).toBe(200);
  expect(deaths).toEqual([]);
});

it("the signer produces the same signature as the SDK's", async () => {
  class Sha256 {
    readonly #hash;
    constructor(key?: unknown) {
      const isKey = typeof key === "string" || key instanceof Uint8Array;
      this.#hash = isKey ? createHmac("sha256", key) : createHash("sha256");
    }
    update(data: string | Uint8Array) {
      this.#hash.update(data);
    }
    async digest() {
      return new Uint8Array(this.#hash.digest());
    }
    reset() {}
  }
  const asked = { method: "POST", host: "127.0.0.1:4566", path: "/a%20b", body: '{"x":1}' };
  const mine = requestSigner(signing("sqs"))(asked);
  const signer = new SignatureV4({ ...signing("sqs"), sha256: Sha256, uriEscapePath: false });
  const at = mine["x-amz-date"]!.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z");
  const { headers } = await signer.sign(
    {
      method: asked.method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path: asked.path,
      headers: { host: asked.host, "x-amz-content-sha256": mine["x-amz-content-sha256"]! },
      body: asked.body,
    },
    { signingDate: new Date(at) },
  );
  expect(mine.authorization).toBe(headers.authorization);
});
