import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import {
  targetConnectMs,
  targetReplyBytesMax,
  targetSocketsKeptMax,
  targetSocketsMax,
  targetTimeoutMs,
} from "#shared/target/limits.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { selfSigned } from "../device/registry/certificate.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing.splice(0)) close();
});

/**
 * Starts a server on loopback and returns its port. It is stopped, with its connections, after the
 * test.
 */
const listen = async (server: net.Server, host = "127.0.0.1"): Promise<number> => {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
};

/** An HTTP server that keeps connections open as long as its client does. */
const target = async (handle: http.RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(http.createServer({ keepAliveTimeout: 0 }, handle))}/hook`;

/** A server that violates HTTP. */
const rawTarget = async (handle: (socket: net.Socket) => void): Promise<string> =>
  `http://127.0.0.1:${await listen(net.createServer(handle))}/`;

const request = (url: string, given: Partial<TargetRequest> = {}): TargetRequest => ({
  method: "POST",
  url,
  headers: { "x-a": "1" },
  rejectUnauthorized: true,
  ...given,
});

const unavailable = (message: RegExp) =>
  expect.objectContaining({ code: "target_unavailable", message: expect.stringMatching(message) });
const refused = expect.objectContaining({ code: "target_refused" });

const readAll = async (stream: http.IncomingMessage): Promise<string> =>
  Buffer.concat(await stream.toArray()).toString();

describe("a request to a target", () => {
  const post = httpPost({ targets: "any" });

  it("sends the request, and returns the target's reply", async () => {
    const url = await target(async (incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const body = await readAll(incoming);
      outgoing.writeHead(201).end(JSON.stringify({ method, url, headers, body }));
    });
    const { status, body } = await post(request(`${url}?q=1`, { method: "PUT", body: "é" }));
    expect(status).toBe(201);
    expect(JSON.parse(body)).toMatchObject({
      method: "PUT",
      url: "/hook?q=1",
      headers: { "x-a": "1", "content-length": "2" },
      body: "é",
    });
  });

  it.each(["/elsewhere", "http://169.254.169.254/latest/meta-data/"])(
    "does not follow a redirect to %s",
    async (location) => {
      let asked = 0;
      const url = await target((_, outgoing) => {
        asked += 1;
        outgoing.writeHead(302, { location }).end();
      });
      expect(await post(request(url))).toMatchObject({ status: 302, body: "" });
      expect(asked).toBe(1);
    },
  );

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

  it("fails without a connection in time, including the TLS handshake", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const heard = Promise.withResolvers<void>();
    const url = await rawTarget((socket) => {
      socket.once("data", () => setImmediate(heard.resolve));
    });
    const failing = expect(post(request(url.replace("http:", "https:")))).rejects.toThrow(
      unavailable(/no connection within 10 s/),
    );
    await heard.promise;
    await vi.advanceTimersByTimeAsync(targetConnectMs);
    await failing;
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

  it("reuses a connection", async () => {
    const ports = new Set<number | undefined>();
    const url = await target((incoming, outgoing) => {
      ports.add(incoming.socket.remotePort);
      outgoing.end();
    });
    for (let i = 0; i < 5; i += 1) await post(request(url));
    expect(ports.size).toBe(1);
  });

  it("is repeated if an idle connection turns out to be closed", async () => {
    let asked = 0;
    const url = await target((incoming, outgoing) => {
      asked += 1;
      if (asked === 2) incoming.socket.destroy();
      else outgoing.end(`${asked}`);
    });
    await post(request(url));
    expect(await post(request(url))).toMatchObject({ status: 200, body: "3" });
  });

  it("is repeated at most once", async () => {
    let asked = 0;
    const url = await target((incoming, outgoing) => {
      asked += 1;
      if (asked > 1) incoming.socket.destroy();
      else outgoing.end();
    });
    await post(request(url));
    await expect(post(request(url))).rejects.toThrow(unavailable(/ECONNRESET/));
    expect(asked).toBe(3);
  });

  it("opens a bounded number of connections to one target", async () => {
    const open = { now: 0, most: 0 };
    const held: http.ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    const url = await target((_, outgoing) => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      outgoing.on("close", () => {
        open.now -= 1;
      });
      held.push(outgoing);
      if (held.length === targetSocketsMax) full.resolve();
      if (held.length > targetSocketsMax) outgoing.end();
    });
    const all = Array.from({ length: targetSocketsMax + 5 }, () => post(request(url)));
    await full.promise;
    for (const outgoing of held.slice(0, targetSocketsMax)) outgoing.end();
    await Promise.all(all);
    expect(open.most).toBe(targetSocketsMax);
  });

  it("keeps a bounded number of idle connections to all targets, and waits for none of them", async () => {
    const open = new Set<net.Socket>();
    const answer: http.RequestListener = ({ socket }, outgoing) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      outgoing.end("ok");
    };
    for (let i = 0; i < targetSocketsKeptMax * 2 + 5; i += 1) {
      expect(await post(request(await target(answer)))).toMatchObject({ body: "ok" });
    }
    await vi.waitFor(() => expect(open.size).toBe(targetSocketsKeptMax));
  });

  it.each([
    ["nothing", ""],
    ["no HTTP", "hello\r\n\r\n"],
    ["half a header", "HTTP/1.1 200 OK\r\ncontent-"],
    ["half a body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
    ["headers without an end", `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(20_000)}`],
    [
      "another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
  ])("fails with a Failure if the target sends %s and disconnects", async (_, said) => {
    const url = await rawTarget((socket) => socket.once("data", () => socket.end(said)));
    await expect(post(request(url))).rejects.toThrow(unavailable(/127\.0\.0\.1|closed/));
  });

  it("fails with a Failure if the connection is refused or reset", async () => {
    const free = await listen(net.createServer());
    closing.pop()?.();
    await expect(post(request(`http://127.0.0.1:${free}/`))).rejects.toThrow(
      unavailable(/ECONNREFUSED/),
    );
    const url = await rawTarget((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await expect(post(request(url))).rejects.toThrow(unavailable(/ECONNRESET|closed/));
  });

  it("fails with a Failure if the host name does not exist", async () => {
    await expect(post(request("http://nowhere.invalid/"))).rejects.toThrow(
      unavailable(/nowhere\.invalid: E/),
    );
  });

  it.each([
    ["a line break in a header", { headers: { "x-a": "1\r\nx-b: 2" } }, "U+000D"],
    ["a NUL in a header", { headers: { "x-a": "1\0" } }, "U+0000"],
    ["a header without a name", { headers: { "": "1" } }, "header name"],
    ["a header's name that is no token", { headers: { "x ü": "1" } }, "header name"],
    ["a URL that is none", { url: "http://exa mple.com/" }, "the URL"],
  ])("is not sent with %s, which is not a failure of the target", async (_, given, reason) => {
    const url = await target(() => expect.unreachable());
    await expect(post(request(url, given))).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(reason),
    });
  });

  it("accepts no content coding, unless the integration does", async () => {
    const url = await target(
      ({ headers }, outgoing) => void outgoing.end(headers["accept-encoding"]),
    );
    expect(await post(request(url))).toMatchObject({ body: "identity" });
    const asking = request(url, { headers: { "Accept-Encoding": "gzip" } });
    expect(await post(asking)).toMatchObject({ body: "gzip" });
  });

  const text = `{"ü":"${"a".repeat(5_000)}"}`;
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

  it("sends any header text as UTF-8 with any method, or fails", async () => {
    const url = await target((incoming, outgoing) => {
      outgoing.writeHead(200).end(Buffer.from(String(incoming.headers["x-v"]), "latin1"));
    });
    const any = fc.string({
      unit: fc.oneof(fc.constantFrom(..."\0\t\n\r\x7f\x80ü€💩"), fc.string()),
    });
    await fc.assert(
      fc.asyncProperty(any, fc.constantFrom("GET", "POST"), async (text, method) => {
        const sent = request(url, { method, headers: { "x-v": text } });
        const isRefused = text
          .split("")
          .some((unit) => (unit < " " && unit !== "\t") || unit === "\x7f");
        const code = await post(sent).then(
          ({ body }) => void expect(body).toBe(text.replace(/^[ \t]+|[ \t]+$/g, "").toWellFormed()),
          (error) => error.code,
        );
        expect(code).toBe(isRefused ? "invalid_request" : undefined);
      }),
      {
        numRuns: 60,
        examples: [
          ["door 💩 玄関 Tür", "GET"],
          ["door 💩 玄関 Tür", "POST"],
        ],
      },
    );
  });

  it.each([
    "content-length",
    "Content-Length",
    "transfer-encoding",
    "connection",
    "Expect",
    "upgrade",
  ])("omits the header %s of an integration", async (name) => {
    const url = await target(async (incoming, outgoing) => {
      const body = await readAll(incoming);
      outgoing.end(JSON.stringify({ headers: incoming.headers, body }));
    });
    for (const body of ["four", undefined]) {
      const { body: said } = await post(
        request(url, { headers: { [name]: "chunked" }, ...(body && { body }) }),
      );
      const heard = JSON.parse(said);
      expect(heard.body).toBe(body ?? "");
      expect(heard.headers[name.toLowerCase()]).not.toBe("chunked");
    }
  });

  it.each([
    ["says nothing", (socket: net.Socket) => void socket],
    [
      "sends its body a byte at a time",
      (socket: net.Socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx"));
      },
    ],
    [
      "sends headers without an end",
      (socket: net.Socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nx-a: "));
      },
    ],
  ])("fails at its time-out if the target %s", async (_, handle) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const heard = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const url = await rawTarget((socket) => {
      socket.once("data", () => setImmediate(heard.resolve));
      socket.on("close", () => closed.resolve());
      handle(socket);
    });
    const failing = expect(post(request(url))).rejects.toThrow(unavailable(/no reply within 20 s/));
    await heard.promise;
    await vi.advanceTimersByTimeAsync(targetTimeoutMs);
    await failing;
    await closed.promise;
  });

  it("accepts an untrusted certificate only if the integration allows it", async () => {
    const server = https.createServer(selfSigned(), (_, outgoing) => outgoing.end("ok"));
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect(await post(request(url, { rejectUnauthorized: false }))).toMatchObject({ body: "ok" });
    // Also if an idle connection without verification exists.
    await expect(post(request(url))).rejects.toThrow(unavailable(/self.signed/i));
  });

  it("has no secrets in its failure", async () => {
    const free = await listen(net.createServer());
    closing.pop()?.();
    const headers = { authorization: "Basic c2VjcmV0", "x-bad": "\n" };
    const url = `http://127.0.0.1:${free}/?key=secret`;
    for (const given of [{}, { headers }]) {
      await expect(post(request(url, given))).rejects.toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|c2VjcmV0/) }),
      );
    }
  });
});

/** The notations of an IPv4 address in URLs. */
const clothed = (address: string): string[] => {
  const parts = address.split(".").map(Number);
  const whole = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = whole.toString(16).padStart(8, "0");
  return [
    address,
    String(whole),
    `0x${hex}`,
    `0${whole.toString(8)}`,
    parts.map((part) => `0${part.toString(8)}`).join("."),
    parts.map((part) => `0x${part.toString(16)}`).join("."),
    `[::ffff:${address}]`,
    `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`,
  ];
};

/** One address of each range that is not public. */
const privateAddresses = [
  ...["0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"],
  ...["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"],
  ...["203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
  ...["::1", "::", "ff02::1", "fe80::1", "fc00::1", "fd00::1", "2001:db8::1", "3fff::1"],
  ...["100::1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1", "5f00::1", "::ffff:7f00:1"],
];

describe("a request to public targets only", () => {
  const post = httpPost({ targets: "public" });

  it.each([
    ...privateAddresses.filter((address) => net.isIPv4(address)).flatMap(clothed),
    "localhost",
    "127.1",
    "127.0.0.1.",
    "0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[fd00:ec2::254]",
    ...privateAddresses.filter((address) => net.isIPv6(address)).map((address) => `[${address}]`),
  ])("is not sent to %s", async (host) => {
    const asked = vi.fn();
    const server = http.createServer((_, outgoing) => {
      asked();
      outgoing.end();
    });
    const port = await listen(server, "127.0.0.1");
    for (const scheme of ["http", "https"]) {
      await expect(post(request(`${scheme}://${host}:${port}/`))).rejects.toThrow(refused);
    }
    expect(asked).not.toHaveBeenCalled();
  });

  it.each(privateAddresses)("is not sent to a name with the address %s", async (address) => {
    const family = net.isIP(address);
    const named = httpPost({
      targets: "public",
      resolve: (_, __, callback) => callback(null, [{ address, family }]),
    });
    for (const scheme of ["http", "https"]) {
      await expect(named(request(`${scheme}://hook.example/`))).rejects.toThrow(refused);
    }
  });

  it.each(["EMFILE", "ENFILE", "ENOBUFS"])(
    "with the error %s says nothing about the target: the worker has no descriptors left",
    async (code) => {
      const lacking = httpPost({
        targets: "public",
        resolve: (_, __, callback) =>
          callback(Object.assign(new Error("too many open files"), { code }), []),
      });
      await expect(lacking(request("http://hook.example/"))).rejects.toMatchObject({
        code: "worker_exhausted",
      });
    },
  );

  it("is not sent to a name with a public and a private address", async () => {
    const mixed = httpPost({
      targets: "public",
      resolve: (_, __, callback) =>
        callback(null, [
          { address: "8.8.8.8", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]),
    });
    await expect(mixed(request("http://hook.example/"))).rejects.toThrow(refused);
  });
});
