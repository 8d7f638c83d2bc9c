import { createHash, randomBytes } from "node:crypto";
import { Agent, get } from "node:https";
import { buffer } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { presignObject } from "#shared/platform/awsSignature.ts";
import { openAuthority } from "../../../local/iot/certificate/authority.ts";
import { startS3Server } from "../../../local/s3/s3Server.ts";
import { newFolder } from "../support/newFolder.ts";
import { credentials } from "../support/signing.ts";

const region = "us-east-1";
const image = randomBytes(50_000);
const body = image;

/** S3 with TLS, and an object; `urlOf` presigns it. */
const start = async () => {
  const authority = await openAuthority(newFolder());
  const server = await startS3Server({ region, credentials });
  onTestFinished(server.stop);
  const ask = { headers: {}, body: Buffer.alloc(0) };
  await server.handle({ ...ask, method: "PUT", url: "/bucket" });
  await server.handle({ ...ask, method: "PUT", url: "/bucket/images/a", body });
  const base = await server.listenTls(authority.server);
  const urlOf = (given: { seconds?: number; now?: number; key?: string; secret?: string } = {}) => {
    const { seconds = 900, now = Date.now(), key = "images/a", secret } = given;
    const signer = { ...credentials, ...(secret && { secretAccessKey: secret }) };
    return presignObject(new URL(`${base}/bucket/${key}`), {
      ...{ region, credentials: signer, seconds, now },
    });
  };
  const agent = new Agent({ ca: authority.caPem });
  onTestFinished(() => agent.destroy());
  const download = async (url: URL, headers: Record<string, string> = {}) => {
    const answered = Promise.withResolvers<import("node:http").IncomingMessage>();
    get(url, { agent, headers }, answered.resolve).on("error", answered.reject);
    const response = await answered.promise;
    return {
      status: response.statusCode,
      range: response.headers["content-range"],
      content: await buffer(response),
    };
  };
  return { urlOf, download };
};

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

it("a presigned URL gives the object over TLS, to a client that trusts the local authority", async () => {
  const { urlOf, download } = await start();
  const { status, content } = await download(urlOf());
  expect([status, sha256(content)]).toEqual([200, sha256(image)]);
});

it("a download continues at any byte", async () => {
  const { urlOf, download } = await start();
  const url = urlOf();
  const first = await download(url, { range: "bytes=0-12344" });
  const rest = await download(url, { range: "bytes=12345-" });
  expect([first.status, rest.status]).toEqual([206, 206]);
  expect(rest.range).toBe("bytes 12345-49999/50000");
  expect(sha256(Buffer.concat([first.content, rest.content]))).toBe(sha256(image));
  expect((await download(url, { range: "bytes=50000-" })).status).toBe(416);
});

it.each([
  ["has expired", { now: Date.now() - 901_000 }, 403, "AccessDenied", "Request has expired"],
  ["has another key's signature", { secret: "other" }, 403, "SignatureDoesNotMatch", "calculated"],
  [
    "is valid for more than a week",
    { seconds: 604_801 },
    400,
    "AuthorizationQueryParametersError",
    "",
  ],
  ["is of a missing object", { key: "images/b" }, 404, "NoSuchKey", "does not exist"],
])("a URL that %s is refused as by AWS", async (_, given, status, code, text) => {
  const { urlOf, download } = await start();
  const refused = await download(urlOf(given));
  expect(refused.status).toBe(status);
  expect(refused.content.toString()).toContain(`<Code>${code}</Code>`);
  expect(refused.content.toString()).toContain(text);
});

it("a URL without a signature, for another object or another method is refused", async () => {
  const { urlOf, download } = await start();
  const bare = urlOf();
  bare.search = "";
  const other = urlOf();
  other.pathname = "/bucket/images/b";
  for (const [url, code] of [
    [bare, "AccessDenied"],
    [other, "SignatureDoesNotMatch"],
  ] as const) {
    const { status, content } = await download(url);
    expect([status, content.toString().includes(`<Code>${code}</Code>`)]).toEqual([403, true]);
  }
});
