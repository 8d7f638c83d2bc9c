import { createServer, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openCaller } from "#shared/aws/call/call.ts";
import type { TransportReply, TransportRequest } from "#shared/aws/call/transport.ts";
import { isUnreachable, wasNotSent } from "#shared/aws/platform/pauseWhenUnreachable.ts";
import { closeHttp, listenHttp } from "../../../../local/http/httpServer.ts";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "KEY");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const call = { method: "POST", path: "/", headers: {}, body: "{}" };

/** A service that gives these responses, one for each request. */
const start = async (...responses: ((response: ServerResponse) => void)[]) => {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      responses[Math.min(requests, responses.length - 1)]?.(response);
      requests += 1;
    });
  });
  const url = await listenHttp(server);
  onTestFinished(() => closeHttp(server));
  return { url, requests: () => requests };
};

const caller = (maxAttempts = 3, requestTimeout = 5_000) =>
  openCaller("sqs", { maxAttempts, requestHandler: { connectionTimeout: 1_000, requestTimeout } });

const says =
  (status: number, body: string, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
  };
const ok = says(200, '{"a":1}');

it("returns the body of the response", async () => {
  const { url } = await start(ok);
  expect(await caller().send(url, call)).toBe('{"a":1}');
});

it.each([
  ["a server error", says(503, "")],
  ["throttling", says(400, '{"__type":"com.amazonaws.sqs#ThrottlingException"}')],
  ["too much throughput", says(400, '{"__type":"x#ProvisionedThroughputExceededException"}')],
  ["too many requests", says(429, "", { "x-amzn-errortype": "TooManyRequestsException:http://x" })],
  ["a closed connection", (response: ServerResponse) => void response.destroy()],
])("repeats a call after %s", async (_, failure) => {
  const { url, requests } = await start(failure, failure, ok);
  expect(await caller().send(url, call)).toBe('{"a":1}');
  expect(requests()).toBe(3);
});

it("fails with the last error after the maximum number of attempts", async () => {
  const { url, requests } = await start(says(500, '{"message":"sorry"}'));
  const error = await caller(2)
    .send(url, call)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "sorry", $metadata: { httpStatusCode: 500 } });
  expect(isUnreachable(error)).toBe(true);
  expect(requests()).toBe(2);
});

it("fails at once, with the name of the exception, when the call is refused", async () => {
  const body = '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}';
  const { url, requests } = await start(says(400, body));
  const error = await caller()
    .send(url, call)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "QueueDoesNotExist", message: "no queue" });
  expect(isUnreachable(error)).toBe(false);
  expect(requests()).toBe(1);
});

it("fails with a TimeoutError when the service does not respond in time", async () => {
  const { url } = await start(() => {});
  const error = await caller(1, 50)
    .send(url, call)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "TimeoutError" });
  expect(isUnreachable(error)).toBe(true);
  expect(wasNotSent(error)).toBe(false);
});

it("tells that a call was not sent when nothing listens", async () => {
  const error = await caller(1)
    .send("http://127.0.0.1:1", call)
    .catch((thrown: unknown) => thrown);
  expect(wasNotSent(error)).toBe(true);
});

it("refuses a response that is cut", async () => {
  const { url } = await start((response) => {
    response.writeHead(200, { "content-length": "100" }).write("{");
    setImmediate(() => response.destroy());
  });
  await expect(caller(1).send(url, call)).rejects.toThrow();
});

it("repeats few calls while the service is down, and more of them when it works again", async () => {
  let isDown = true;
  const { url, requests } = await start((response) => (isDown ? says(503, "") : ok)(response));
  const one = caller(2);
  vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  const countRequests = async (calls: number): Promise<number> => {
    const before = requests();
    for (let i = 0; i < calls; i += 1) await one.send(url, call).catch(() => undefined);
    return requests() - before;
  };
  // A credit of 500 pays for 100 repetitions.
  expect(await countRequests(150)).toBe(250);
  expect(await countRequests(10)).toBe(10);
  isDown = false;
  await countRequests(5);
  isDown = true;
  expect(await countRequests(2)).toBe(3);
});

it("ends a call by its signal, also while it waits for a repetition", async () => {
  const { url, requests } = await start(says(503, ""));
  vi.spyOn(Math, "random").mockReturnValue(1_000);
  onTestFinished(() => void vi.restoreAllMocks());
  const abort = new AbortController();
  const aborted = caller().send(url, call, abort.signal);
  await vi.waitUntil(() => requests() === 1);
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  await expect(caller().send(url, call, abort.signal)).rejects.toMatchObject({
    name: "AbortError",
  });
  expect(requests()).toBe(1);
});

describe("with a transport of the runtime,", () => {
  const endpoint = "http://127.0.0.1:1";

  /** A transport that gives these replies, one for each request, and then none. */
  const stub = (...replies: TransportReply[]) => {
    const requests: TransportRequest[] = [];
    let aborted = 0;
    vi.stubGlobal(
      "awsTransport",
      (request: TransportRequest, onReply: (reply: TransportReply) => void) => {
        if (request.host !== "127.0.0.1:1") return undefined;
        requests.push(request);
        const reply = replies.shift();
        if (reply !== undefined) queueMicrotask(() => onReply(reply));
        return () => {
          aborted += 1;
        };
      },
    );
    return { requests, aborted: () => aborted };
  };
  const found = { status: 200, headers: {}, body: '{"a":1}' };

  it("a call has no signature, and returns the body of the response", async () => {
    const { requests } = stub(found, { ...found, body: Buffer.from("bytes") });
    const headers = { "x-amz-target": "AmazonSQS.SendMessage" };
    expect(await caller().send(endpoint, { ...call, query: "qos=1", headers })).toBe('{"a":1}');
    expect(await caller().send(endpoint, call)).toBe("bytes");
    expect(requests).toEqual([
      { host: "127.0.0.1:1", method: "POST", url: "/?qos=1", headers, body: "{}" },
      { host: "127.0.0.1:1", method: "POST", url: "/", headers: {}, body: "{}" },
    ]);
  });

  it("a call is repeated after a closed connection and after an error of the service", async () => {
    const { requests } = stub(
      { code: "ECONNRESET" },
      { status: 503, headers: {}, body: "" },
      { status: 400, headers: { "x-amzn-errortype": "QueueDoesNotExist" }, body: "{}" },
    );
    await expect(caller().send(endpoint, call)).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
    expect(requests).toHaveLength(3);
  });

  it("a call ends after its timeout, or when it is aborted", async () => {
    const { aborted } = stub();
    await expect(caller(1, 20).send(endpoint, call)).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(aborted()).toBe(1);
    const left = new AbortController();
    const sent = caller().send(endpoint, call, left.signal);
    left.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
    expect(aborted()).toBe(2);
    await expect(caller().send(endpoint, call, left.signal)).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("calls to another region and to other hosts use HTTP", async () => {
    const { requests } = stub(found);
    const { url } = await start(ok);
    expect(await caller().send(url, call)).toBe('{"a":1}');
    const requestHandler = { connectionTimeout: 1_000, requestTimeout: 1_000 };
    const other = openCaller("sqs", { maxAttempts: 1, requestHandler }, { region: "eu-west-1" });
    await expect(other.send(endpoint, call)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(requests).toEqual([]);
  });
});
