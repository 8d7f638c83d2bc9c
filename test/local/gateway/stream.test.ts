import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { preludeBytesMax } from "../../../local/gateway/limits.ts";
import type { ResponseSink } from "../../../local/lambda/environment/environment.ts";
import { FunctionError } from "../../../local/lambda/errors.ts";
import { deploy } from "../lambda/deploy.ts";
import { functionArn, serve, streaming } from "./serve.ts";

const routes = { "GET /": streaming };
const delimiter = "\0".repeat(8);
const prelude = (head: unknown): string => JSON.stringify(head) + delimiter;

/** A function that streams these chunks and then runs `then`. */
const pieces = (all: readonly string[], then: () => Promise<void> = async () => {}) => ({
  async invokeForStream(_: string, __: unknown, sink: ResponseSink) {
    for (const piece of all) await sink.write(Buffer.from(piece));
    await then();
  },
});

const forEver = () => new Promise<void>(() => {});

describe("a streamed response", () => {
  it("starts with the status and headers of its prelude", async () => {
    const head = {
      statusCode: 206,
      headers: { "content-type": "text/event-stream" },
      multiValueHeaders: { "x-many": ["a", "b"] },
      cookies: ["c=1", "d=2"],
    };
    const { url } = await serve(pieces([prelude(head), "x", "y"]), { routes });
    const response = await fetch(url);
    expect(response.status).toBe(206);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-many")).toBe("a, b");
    expect(response.headers.getSetCookie()).toEqual(["c=1", "d=2"]);
    expect(await response.text()).toBe("xy");
  });

  it("does not depend on the chunks of its prelude", async () => {
    const text = `${prelude({ statusCode: 201 })}body\0\0\0\0\0\0\0\0more`;
    for (const at of [1, 10, 20, 22, 27, 30]) {
      const { url } = await serve(pieces([text.slice(0, at), text.slice(at)]), { routes });
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([201, `body${delimiter}more`]);
    }
  });

  it("sends its headers before the body", async () => {
    const { url } = await serve(pieces([prelude({})], forEver), { routes });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    await response.body!.cancel();
  });

  it("results in 502 when its prelude is invalid", async () => {
    const badHeader = prelude({ headers: { a: "b\r\nc: d" } });
    const tooLong = "x".repeat(preludeBytesMax + 1);
    for (const bad of [["text"], [], ["{"], [prelude("x")], [badHeader], [tooLong]]) {
      const { url } = await serve(pieces(bad), { routes });
      expect((await fetch(url)).status).toBe(502);
    }
  });

  it("results in 502 when the function fails before it starts", async () => {
    const failing = { invokeForStream: () => Promise.reject(new FunctionError(report)) };
    const { url } = await serve(failing, { routes });
    expect((await fetch(url)).status).toBe(502);
  });

  it("is aborted when the function fails later", async () => {
    const fails = () => Promise.reject(new FunctionError(report));
    const { url } = await serve(pieces([prelude({}), "begun"], fails), { routes });
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow();
  });

  it("is aborted by the integration's timeout, while the function runs on", async () => {
    const { url } = await serve(
      {
        async invokeForStream(_, __, sink) {
          await sink.write(Buffer.from(`${prelude({})}begun`));
          await forEver();
        },
      },
      { routes: { "GET /": { ...streaming, timeoutInMillis: 50 } } },
    );
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow();
  });

  it("results in a timeout when it has not started by then", async () => {
    const { url } = await serve(pieces([], forEver), {
      routes: { "GET /": { ...streaming, timeoutInMillis: 50 } },
    });
    expect((await fetch(url)).status).toBe(504);
  });

  it("accepts everything from a function whose client has disconnected", async () => {
    const hasLeft = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const { url } = await serve(
      {
        async invokeForStream(_, __, sink) {
          await sink.write(Buffer.from(prelude({})));
          await hasLeft.promise;
          for (let mbs = 0; mbs < 20; mbs += 1) await sink.write(Buffer.alloc(1_000_000));
          written.resolve();
        },
      },
      { routes },
    );
    const leaving = new AbortController();
    await fetch(url, { signal: leaving.signal });
    leaving.abort();
    hasLeft.resolve();
    await written.promise;
  });

  it("ends when the gateway stops, before pending responses", async () => {
    const answer = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const { gateway, url } = await serve(
      {
        ...pieces([prelude({})], forEver),
        invokeForText: () => {
          asked.resolve();
          return answer.promise;
        },
      },
      { routes: { ...routes, "GET /whole": {} } },
    );
    const stream = await fetch(url);
    const whole = fetch(`${url}/whole`);
    await asked.promise;
    const stopped = gateway.stop();
    await expect(stream.text()).rejects.toThrow();
    answer.resolve('{"statusCode":200,"body":"last"}');
    expect(await (await whole).text()).toBe("last");
    await stopped;
  });

  it("waits while the client does not read", async () => {
    const mb = "x".repeat(1_000_000);
    const mbMax = 100;
    /** The number of chunks that each client's function has written. */
    const written: number[] = [];
    const { url, port } = await serve(
      {
        async invokeForStream(_, __, sink) {
          const client = written.push(0) - 1;
          await sink.write(Buffer.from(prelude({})));
          for (let mbs = 1; mbs <= mbMax; mbs += 1) {
            await sink.write(Buffer.from(mb));
            written[client] = mbs;
          }
        },
      },
      { routes },
    );
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await vi.waitFor(() => expect(written[0]).toBeGreaterThan(0), waitMsMax);
    // It receives nothing more, while another client receives everything: the machine is not merely
    // slow.
    for (let before: number | undefined; before !== written[0]; ) {
      before = written[0];
      const other = await fetch(url);
      expect((await other.arrayBuffer()).byteLength).toBe(mbMax * mb.length);
    }
    // The buffers of the connection are much smaller than the response.
    expect(written[0]).toBeLessThan(mbMax / 2);
    socket.resume();
    await vi.waitFor(() => expect(written[0]).toBe(mbMax), waitMsMax);
    socket.destroy();
    await once(socket, "close");
  });
});

/** Timeout for something that must happen. */
const waitMsMax = 15_000;

const report = { errorType: "Error", errorMessage: "broken" };

it("delivers each chunk of a function as one chunk to the client", async () => {
  const { lambda } = await deploy(
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       const out = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
       for (const piece of ["one", "three3", "two"]) out.write(piece);
       out.end();
     });`,
    { properties: { FunctionName: "fn" } },
  );
  expect(functionArn).toMatch(/:fn$/);
  const { port } = await serve(lambda, { routes });
  const socket = connect(port, "127.0.0.1");
  let seen = "";
  socket.on("data", (text) => {
    seen += text;
    if (seen.endsWith("0\r\n\r\n")) socket.end();
  });
  socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await once(socket, "close");
  const body = seen.slice(seen.indexOf("\r\n\r\n") + 4);
  expect(body).toBe("3\r\none\r\n6\r\nthree3\r\n3\r\ntwo\r\n0\r\n\r\n");
});
