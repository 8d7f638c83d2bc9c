import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { serveDocument } from "../../../../functions/edge/http/documents.ts";

const world = () => {
  const made: string[] = [];
  const show = serveDocument((url) => {
    made.push(url);
    return { url, text: "x".repeat(10_000) };
  });
  const ask = (acceptEncoding = "", ifNoneMatch = "", api = "https://a.example") =>
    show({ api, acceptEncoding, ifNoneMatch });
  return { made, ask };
};

it("is compressed for a client that accepts gzip, and is the same text", () => {
  const { ask, made } = world();
  const plain = ask();
  const gzip = ask("br, gzip;q=0.5");
  expect(plain.headers).not.toHaveProperty("content-encoding");
  expect(gzip.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
  expect(gunzipSync(gzip.body).toString()).toBe(Buffer.from(plain.body).toString());
  expect(gzip.body.length).toBeLessThan(plain.body.length / 10);
  expect(ask("gzip;q=0").headers).not.toHaveProperty("content-encoding");
  expect(made).toHaveLength(1);
});

it("answers 304 without a body to a client that has it, in its encoding", () => {
  const { ask } = world();
  const { etag = "" } = ask().headers;
  const { etag: gzipTag = "" } = ask("gzip").headers;
  expect(gzipTag).not.toBe(etag);
  for (const has of [etag, `"x", W/${etag}`, "*"]) {
    expect(ask("", has)).toMatchObject({ statusCode: 304, body: new Uint8Array() });
  }
  expect(ask("gzip", etag).statusCode).toBe(200);
  expect(ask("gzip", gzipTag).statusCode).toBe(304);
  expect(ask("", '"x"').statusCode).toBe(200);
});

it("has another tag for another URL, and keeps a bounded number of them", () => {
  const { ask, made } = world();
  const tags = Array.from({ length: 100 }, (_, i) => ask("", "", `https://${i}.example`).headers);
  expect(new Set(tags.map(({ etag }) => etag)).size).toBe(100);
  ask("", "", "https://99.example");
  expect(made).toHaveLength(100);
});
