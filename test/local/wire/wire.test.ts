import { createServer } from "node:http";
import { createRequire } from "node:module";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ConnectionCut } from "../../../local/fault/connectionCut.ts";
import type { AwsHandler, AwsRequest } from "../../../local/http/awsRequest.ts";
import { closeHttp, listenHttp } from "../../../local/http/httpServer.ts";
import { openWire, wireHandlers } from "../../../local/wire/openWire.ts";
import { deploy } from "../lambda/deploy.ts";

// Nothing listens at this address: only the wire reaches the service.
const url = "http://127.0.0.1:1";

const sdk = createRequire(import.meta.url).resolve("@aws-sdk/client-kms");

/** The SDK's KMS client, which takes a second to bundle. */
const sdkSource = `
  import { KMSClient, EncryptCommand } from ${JSON.stringify(sdk)};
  const client = (requestTimeout) => new KMSClient({
    endpoint: "${url}", region: "r-1", maxAttempts: 1,
    credentials: { accessKeyId: "K", secretAccessKey: "S" },
    requestHandler: { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true },
  });
  const encrypt = (text, requestTimeout = 5_000) => client(requestTimeout)
    .send(new EncryptCommand({ KeyId: "key", Plaintext: Buffer.from(text) }))
    .then(({ KeyId }) => KeyId, ({ name, code }) => code ?? name);
`;

/** A function that has the SDK's KMS client and Node.js's HTTP client, and runs `body`. */
const start = async (handle: AwsHandler, body: string, properties: object = {}) => {
  const source = `
    import http from "node:http";
    import { Readable } from "node:stream";
    ${body.includes("encrypt(") ? sdkSource : ""}
    const post = (path, content, address = "${url}") => new Promise((resolve, reject) => {
      const { hostname, port } = new URL(address);
      const request = http.request({ hostname, port, path, method: "PUT" }, async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve([response.statusCode, Buffer.concat(chunks).toString("base64")]);
      });
      request.on("error", reject);
      if (content instanceof Readable) content.pipe(request);
      else request.end(content);
    });
    export const handler = async (event) => { ${body} };
  `;
  const handlers = wireHandlers([{ url, handle }]);
  const { lambda, name } = await deploy(source, {
    openWires: () => [openWire(handlers, { roleKey: undefined, log: () => {} })],
    properties: { MemorySize: 512, ...properties },
  });
  return (event: unknown = {}) => lambda.invoke(name, event);
};

const json = (value: object) => ({ status: 200, headers: {}, body: JSON.stringify(value) });

it("carries a call of the SDK to the service and its response back", async () => {
  const received: AwsRequest[] = [];
  const handle: AwsHandler = async (request) => {
    received.push(request);
    return json({ KeyId: "found" });
  };
  const invoke = await start(handle, `return await encrypt("text");`);
  expect(await invoke()).toBe("found");
  expect(received).toMatchObject([
    { method: "POST", url: "/", headers: { "x-amz-target": "TrentService.Encrypt" } },
  ]);
  expect(JSON.parse(received[0]!.body.toString())).toMatchObject({ KeyId: "key" });
});

it("carries a call of a client that needs no HTTP, and closes it when the service is stopped", async () => {
  const received: AwsRequest[] = [];
  const handle: AwsHandler = async (request) => {
    received.push(request);
    if (request.url === "/stopped") throw new ConnectionCut("stopped");
    return { status: 200, headers: { "x-a": "1" }, body: request.body };
  };
  const invoke = await start(
    handle,
    `const call = (url, body, host = "127.0.0.1:1") => new Promise((resolve) => {
       const request = { host, method: "POST", url, headers: { "x-b": "2" }, body };
       if (!globalThis.awsTransport(request, resolve)) resolve("no way");
     });
     const bytes = await call("/b", Buffer.from("bytes"));
     return [
       await call("/a", "text"), Buffer.from(bytes.body).toString(),
       await call("/stopped", ""), await call("/", "", "127.0.0.1:2"),
     ];`,
  );
  const [text, ...rest] = JSON.parse(JSON.stringify(await invoke()));
  expect(text).toMatchObject({ status: 200, headers: { "x-a": "1" } });
  expect(rest).toEqual(["bytes", expect.objectContaining({ code: "ECONNRESET" }), "no way"]);
  expect(received[1]).toMatchObject({ method: "POST", url: "/a", headers: { "x-b": "2" } });
});

it("returns an error response as the SDK's exception", async () => {
  const body = JSON.stringify({ __type: "NotFoundException", message: "no key" });
  const invoke = await start(
    async () => ({ status: 400, headers: {}, body }),
    `return encrypt("");`,
  );
  expect(await invoke()).toBe("NotFoundException");
});

it("reports a stopped service as a closed connection", async () => {
  const cut = async () => {
    throw new ConnectionCut("stopped");
  };
  expect(await (await start(cut, `return encrypt("");`))()).toBe("ECONNRESET");
});

it("answers 500 when the service fails, and serves the next request", async () => {
  const results = [new Error("a bug"), json({ KeyId: "found" })];
  const handle: AwsHandler = async () => {
    const result = results.shift()!;
    if (result instanceof Error) throw result;
    return result;
  };
  const invoke = await start(handle, `return [await encrypt(""), await encrypt("")];`);
  expect(await invoke()).toEqual(["InternalFailureException", "found"]);
});

it("tells the service that a request has timed out", async () => {
  const aborted = Promise.withResolvers<void>();
  const handle: AwsHandler = (_request, client) => {
    client?.onCancel(() => aborted.resolve());
    return new Promise(() => {});
  };
  const invoke = await start(handle, `return encrypt("", 50);`);
  expect(await invoke()).toBe("ETIMEDOUT");
  await aborted.promise;
});

it("an environment that ends leaves no request behind", async () => {
  const aborted = Promise.withResolvers<void>();
  const handle: AwsHandler = (_request, client) => {
    client?.onCancel(() => aborted.resolve());
    return new Promise(() => {});
  };
  const invoke = await start(handle, `return await post("/", "");`, { Timeout: 1 });
  await expect(invoke()).rejects.toThrow("timed out");
  await aborted.promise;
});

it("carries bytes unchanged in both directions, also from a stream", async () => {
  const handle: AwsHandler = async ({ body }) => ({ status: 200, headers: {}, body });
  const invoke = await start(
    handle,
    `const bytes = Buffer.from(event, "base64");
     const parts = [bytes.subarray(0, 3), bytes.subarray(3)];
     return [await post("/a", bytes), await post("/b", Readable.from(parts)), await post("/c", "")];`,
  );
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256)).toString("base64");
  expect(await invoke(bytes)).toEqual([
    [200, bytes],
    [200, bytes],
    [200, ""],
  ]);
});

it("limits the requests in flight, and serves those that wait", async () => {
  let inFlight = 0;
  let highest = 0;
  let isFull = false;
  const full = Promise.withResolvers<void>();
  const handle: AwsHandler = async ({ url: path }) => {
    inFlight += 1;
    highest = Math.max(highest, inFlight);
    if (inFlight < 256 && !isFull) await full.promise;
    isFull = true;
    full.resolve();
    inFlight -= 1;
    return { status: 200, headers: {}, body: path };
  };
  const invoke = await start(
    handle,
    `return (await Promise.all(Array.from({ length: 400 }, (_, i) => post("/" + i, ""))))
       .map(([, text]) => Buffer.from(text, "base64").toString());`,
  );
  expect(await invoke()).toEqual(Array.from({ length: 400 }, (_, i) => `/${i}`));
  expect(highest).toBe(256);
});

it("requests that are aborted while they wait do not hold up the others", async () => {
  const handle: AwsHandler = async ({ url: path }, client) => {
    if (path === "/hang") await new Promise((resolve) => client?.onCancel(resolve));
    return { status: 200, headers: {}, body: path };
  };
  const invoke = await start(
    handle,
    `const open = (path) => {
       const request = http.request({ hostname: "127.0.0.1", port: "1", path });
       request.on("error", () => {});
       return request.end();
     };
     const hanging = Array.from({ length: 256 }, () => open("/hang"));
     const aborted = Array.from({ length: 300 }, () => open("/aborted"));
     const waiting = Array.from({ length: 20 }, () => post("/waiting", ""));
     for (const request of aborted) request.destroy();
     for (const request of hanging) request.destroy();
     return (await Promise.all(waiting)).length;`,
  );
  expect(await invoke()).toBe(20);
});

it("a request has its socket once it has left, and ends with the events of Node.js", async () => {
  const invoke = await start(
    async () => json({}),
    `const events = [];
     const controller = new AbortController();
     const options = { hostname: "127.0.0.1", port: "1", path: "/", signal: controller.signal };
     const request = http.request(options);
     for (const name of ["socket", "response", "error"]) request.on(name, () => events.push(name));
     const closed = new Promise((resolve) => request.on("close", resolve));
     request.on("response", (response) => response.resume());
     events.push(request.socket);
     request.end();
     await closed;
     controller.abort();
     request.destroy(new Error("late"));
     await new Promise(setImmediate);
     const refused = http.request(options);
     const error = await new Promise((resolve) => refused.on("error", resolve).end());
     return [...events, error.name];`,
  );
  expect(await invoke()).toEqual([null, "socket", "response", "AbortError"]);
});

it("uses the network for other hosts", async () => {
  const server = createServer((_request, response) => response.end("network"));
  const address = await listenHttp(server);
  onTestFinished(() => closeHttp(server));
  const invoke = await start(async () => json({}), `return post("/", "", event);`);
  expect(await invoke(address)).toEqual([200, Buffer.from("network").toString("base64")]);
});

describe("a function that handles messages of a queue", () => {
  /** Requests in the order in which the services received them, and the end of the invocation. */
  const run = async (body: string, { isBatch = true } = {}) => {
    const seen: string[] = [];
    const stored = Promise.withResolvers<void>();
    const handle: AwsHandler = async ({ url: path, isOrdered = false }) => {
      seen.push(isOrdered ? `${path} ordered` : path);
      const isUnstored = isOrdered && path === "/send";
      return { ...json({}), ...(isUnstored && { isUnstored }) };
    };
    const hosts = ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"];
    const [queues, broker, tables] = hosts.map((each) => wireHandlers([{ url: each, handle }]));
    const near = new Map([...queues!, ...broker!]);
    const source = `
      const call = (port, url, target = "") => new Promise((resolve) =>
        globalThis.awsTransport({
          host: "127.0.0.1:" + port, method: "POST", url, headers: { "x-amz-target": target },
          body: "",
        }, resolve));
      export const handler = async () => { ${body} };
    `;
    const deps = { roleKey: undefined, log: () => {} };
    const message = {
      ...{ messageId: "m", receiptHandle: "r", body: "{}", md5OfBody: "" },
      ...{ attributes: {}, messageAttributes: {} },
    };
    const batches = [[message]];
    const isEmpty = Promise.withResolvers<never>();
    const { lambda, name } = await deploy(source, {
      openWires: () => [
        openWire(near, {
          ...deps,
          stored: () => {
            seen.push("asked");
            return stored.promise;
          },
        }),
        openWire(tables!, deps),
      ],
      queues: {
        receive: async () => batches.pop() ?? isEmpty.promise,
        deleteBatch: async () => void seen.push("deleted"),
      },
      ...(isBatch && { mapping: {} }),
    });
    onTestFinished(() => isEmpty.reject(new Error("stopped")));
    isEmpty.promise.catch(() => {});
    if (isBatch) lambda.open();
    else void lambda.invoke(name, {}).then(() => seen.push("ended"));
    return { seen, store: stored.resolve };
  };

  it("gets the response to a send before the message is stored, and its messages are deleted then", async () => {
    const { seen } = await run(`await call(1, "/send"); await call(1, "/send");`);
    await vi.waitFor(() => expect(seen.at(-1)).toBe("deleted"));
    expect(seen).toEqual(["/send ordered", "/send ordered", "deleted"]);
  });

  it("writes elsewhere only what follows stored messages", async () => {
    const { seen, store } = await run(`
      await call(2, "/before");
      await call(1, "/send");
      await Promise.all([
        call(2, "/publish"), call(3, "/write"), call(3, "/write"), call(3, "/read", "D.GetItem"),
      ]);
      await call(3, "/later");
      await call(1, "/send");
    `);
    await vi.waitFor(() => expect(seen).toContain("/read ordered"));
    await vi.waitFor(() => expect(seen.filter((each) => each === "asked")).toHaveLength(2));
    expect(seen).not.toContain("/publish");
    expect(seen).not.toContain("/write");
    store();
    await vi.waitFor(() => expect(seen.at(-1)).toBe("deleted"));
    expect(seen.slice(0, 2)).toEqual(["/before ordered", "/send ordered"]);
    expect(seen.filter((each) => each.startsWith("/write"))).toHaveLength(2);
    expect(seen.slice(-3)).toEqual(["/later ordered", "/send ordered", "deleted"]);
  });

  it("waits for storage when a user invokes it", async () => {
    const { seen } = await run(`await call(1, "/send"); await call(3, "/write");`, {
      isBatch: false,
    });
    await vi.waitFor(() => expect(seen.at(-1)).toBe("ended"));
    expect(seen).toEqual(["/send", "/write", "ended"]);
  });
});
