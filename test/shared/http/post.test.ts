import * as https from "node:https";
import type * as net from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import { targetConnectMs, targetTimeoutMs } from "#shared/target/limits.ts";
import { selfSigned } from "../device/registry/certificate.ts";
import {
  closedPort,
  listen,
  rawTarget,
  readAll,
  request,
  target,
  unavailable,
} from "./support/targets.ts";

afterEach(() => {
  vi.useRealTimers();
});

const post = httpPost({ targets: "any" });

describe("a request to a target", () => {
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

  it.each([
    ["a line break in a header", { headers: { "x-a": "1\r\nx-b: 2" } }, "U+000D"],
    ["a NUL in a header", { headers: { "x-a": "1\0" } }, "U+0000"],
    ["a header without a name", { headers: { "": "1" } }, "header name"],
    ["a malformed header name", { headers: { "x ü": "1" } }, "header name"],
    ["a malformed URL", { url: "http://exa mple.com/" }, "the URL"],
  ])("is not sent with %s, which is not a failure of the target", async (_, given, reason) => {
    const url = await target(() => expect.unreachable());
    await expect(post(request(url, given))).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(reason),
    });
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

  it("accepts an untrusted certificate only if the integration allows it", async () => {
    const server = https.createServer(selfSigned(), (_, outgoing) => outgoing.end("ok"));
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect(await post(request(url, { rejectUnauthorized: false }))).toMatchObject({ body: "ok" });
    // Also if an idle connection without verification exists.
    await expect(post(request(url))).rejects.toThrow(unavailable(/self.signed/i));
  });
});

describe("a request that fails", () => {
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
    const free = await closedPort();
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
    ["sends nothing", (socket: net.Socket) => void socket],
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
  ])("fails at its timeout if the target %s", async (_, handle) => {
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

  it("has no secrets in its failure", async () => {
    const free = await closedPort();
    const headers = { authorization: "Basic c2VjcmV0", "x-bad": "\n" };
    const url = `http://127.0.0.1:${free}/?key=secret`;
    for (const given of [{}, { headers }]) {
      await expect(post(request(url, given))).rejects.toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|c2VjcmV0/) }),
      );
    }
  });
});
