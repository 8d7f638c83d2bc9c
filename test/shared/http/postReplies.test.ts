import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import { targetReplyBytesMax } from "#shared/target/limits.ts";
import { rawTarget, request, target, unavailable } from "./support/targets.ts";

const post = httpPost({ targets: "any" });

const text = `{"ü":"${"a".repeat(5_000)}"}`;

describe("the size of a reply", () => {
  it("stops reading a reply at the limit, and closes the connection", async () => {
    const gone = Promise.withResolvers<void>();
    const url = await target((_, outgoing) => {
      outgoing.on("close", gone.resolve);
      const more = () => {
        while (outgoing.write(Buffer.alloc(16_384, "x")));
      };
      outgoing.on("drain", more);
      more();
    });
    const { status, body } = await post(request(url));
    expect(status).toBe(200);
    expect(body).toHaveLength(targetReplyBytesMax);
    await gone.promise;
  });

  it("stops reading an announced gigabyte at the limit", async () => {
    const gone = Promise.withResolvers<void>();
    let sent = 0;
    const url = await target((_, outgoing) => {
      outgoing.on("close", gone.resolve);
      outgoing.writeHead(200, { "content-length": String(2 ** 30) });
      const piece = Buffer.alloc(65_536, "x");
      const more = () => {
        do sent += piece.length;
        while (sent < 2 ** 30 && outgoing.write(piece));
      };
      outgoing.on("drain", more);
      more();
    });
    expect((await post(request(url))).body).toHaveLength(targetReplyBytesMax);
    await gone.promise;
    // Only the buffers of two sockets.
    expect(sent).toBeLessThan(2 ** 26);
  });

  it("disconnects from a target whose headers do not end", async () => {
    const gone = Promise.withResolvers<void>();
    const url = await rawTarget((socket) => {
      socket.on("close", () => gone.resolve());
      const more = () => {
        while (!socket.destroyed && socket.write(`x-a: ${"b".repeat(1_000)}\r\n`));
      };
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n");
        socket.on("drain", more);
        more();
      });
    });
    await expect(post(request(url))).rejects.toThrow(unavailable(/HPE_HEADER_OVERFLOW/));
    await gone.promise;
  });

  it("truncates a reply at a character boundary", async () => {
    const url = await target((_, outgoing) => outgoing.end(`xx${"€".repeat(targetReplyBytesMax)}`));
    const whole = Math.floor((targetReplyBytesMax - 2) / 3);
    expect((await post(request(url))).body).toBe(`xx${"€".repeat(whole)}`);
  });

  it("accepts a reply of exactly the maximum size", async () => {
    const url = await target((_, outgoing) => outgoing.end("x".repeat(targetReplyBytesMax)));
    expect((await post(request(url))).body).toHaveLength(targetReplyBytesMax);
  });
});

describe("the content coding of a reply", () => {
  it("accepts no content coding, unless the integration does", async () => {
    const url = await target(
      ({ headers }, outgoing) => void outgoing.end(headers["accept-encoding"]),
    );
    expect(await post(request(url))).toMatchObject({ body: "identity" });
    const asking = request(url, { headers: { "Accept-Encoding": "gzip" } });
    expect(await post(asking)).toMatchObject({ body: "gzip" });
  });

  it.each([
    ["gzip", zlib.gzipSync(text)],
    ["X-GZIP", zlib.gzipSync(text)],
    ["deflate", zlib.deflateSync(text)],
    ["deflate", zlib.deflateRawSync(text)],
    ["br", zlib.brotliCompressSync(text)],
    ["zstd", zlib.zstdCompressSync(text)],
    ["deflate, gzip", zlib.gzipSync(zlib.deflateSync(text))],
    ["identity", Buffer.from(text)],
    ["gzip", zlib.gzipSync(`\ufeff${text}`)],
    ["identity", Buffer.from(`\ufeff${text}`)],
  ])("decodes a reply in %s anyway, without a byte order mark", async (coding, bytes) => {
    const url = await target(
      (_, outgoing) => void outgoing.writeHead(200, { "content-encoding": coding }).end(bytes),
    );
    expect((await post(request(url))).body).toBe(text);
  });

  it.each([
    ["gzip", Buffer.from("no gzip"), ""],
    ["gzip", zlib.gzipSync(text).subarray(0, -10), text.slice(0, 1_000)],
    ["lzma", Buffer.from("as it came"), "as it came"],
    ["gzip, gzip, gzip, gzip, gzip", Buffer.from("as it came"), "as it came"],
    ["toString", Buffer.from("as it came"), "as it came"],
    ["gzip", Buffer.alloc(0), ""],
  ])("keeps the status of an undecodable reply in %s", async (coding, bytes, begin) => {
    const url = await target(
      (_, outgoing) => void outgoing.writeHead(201, { "content-encoding": coding }).end(bytes),
    );
    const reply = await post(request(url));
    expect(reply).toMatchObject({ status: 201, body: expect.stringContaining(begin) });
  });

  it.each([
    ["gzip", zlib.gzipSync(Buffer.alloc(200 * targetReplyBytesMax))],
    ["br", zlib.brotliCompressSync(Buffer.alloc(200 * targetReplyBytesMax))],
    ["gzip, gzip", zlib.gzipSync(zlib.gzipSync(Buffer.alloc(200 * targetReplyBytesMax)))],
  ])("stops decoding a growing reply in %s at the limit", async (coding, bytes) => {
    const url = await target(
      (_, outgoing) => void outgoing.writeHead(200, { "content-encoding": coding }).end(bytes),
    );
    expect((await post(request(url))).bytes).toHaveLength(targetReplyBytesMax);
  });
});
