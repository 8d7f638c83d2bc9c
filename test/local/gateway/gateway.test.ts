import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { requestBytesMax } from "../../../local/gateway/limits.ts";
import { openAccess } from "../../../local/iam/access.ts";
import { FunctionError, ThrottledError } from "../../../local/lambda/errors.ts";
import { create, definitionOf, functionArn, type Routes, serve } from "./serve.ts";

const answers = (answer: unknown) => ({ invokeForText: async () => JSON.stringify(answer) });

/** Responds with the received event. */
const echo = {
  invokeForText: async (_: string, event: unknown) =>
    JSON.stringify({ statusCode: 200, body: JSON.stringify(event) }),
};

it("responds 503 when a function fails while the disk is full, and keeps successful responses", async () => {
  const failing = {
    invokeForText: async () => {
      throw new FunctionError({ errorType: "ServiceUnavailableException", errorMessage: "full" });
    },
  };
  const { url } = await serve(failing, { isDiskFull: true });
  const response = await fetch(url);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ message: expect.stringContaining("disk") });
  const answering = await serve(answers({ statusCode: 404, body: "{}" }), { isDiskFull: true });
  expect((await fetch(answering.url)).status).toBe(404);
  expect((await fetch(`${answering.url}/nowhere`)).status).toBe(403);
});

describe("a request", () => {
  it("invokes the function of its route with the event of a REST API", async () => {
    const { url } = await serve(echo, { routes: { "POST /v1/{device}/{rest+}": {} } });
    const response = await fetch(`${url}/v1/a%20b/c%2Fd/e?q=1&q=two%20words&r=+&empty`, {
      method: "POST",
      headers: { "X-Thing": "ü".normalize("NFD").slice(0, 1), "content-type": "text/plain" },
      body: "grüße",
    });
    expect(response.status).toBe(200);
    const event = await response.json();
    expect(event).toMatchObject({
      resource: "/v1/{device}/{rest+}",
      path: "/v1/a%20b/c%2Fd/e",
      httpMethod: "POST",
      pathParameters: { device: "a%20b", rest: "c%2Fd/e" },
      queryStringParameters: { q: "two words", r: " ", empty: "" },
      multiValueQueryStringParameters: { q: ["1", "two words"], r: [" "], empty: [""] },
      headers: { "X-Thing": "u", "content-type": "text/plain", "X-Forwarded-For": "127.0.0.1" },
      multiValueHeaders: { "X-Thing": ["u"] },
      stageVariables: null,
      body: "grüße",
      isBase64Encoded: false,
      requestContext: {
        accountId: "000000000000",
        httpMethod: "POST",
        path: "/v1/a%20b/c%2Fd/e",
        protocol: "HTTP/1.1",
        resourcePath: "/v1/{device}/{rest+}",
        stage: "live",
        requestId: response.headers.get("x-amzn-requestid"),
        requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        identity: { sourceIp: "127.0.0.1", userAgent: "node" },
      },
    });
  });

  it("passes cookies on as they were sent, and those of a response one by one", async () => {
    const set = ["a=1; Path=/; HttpOnly", "b=2; Max-Age=0"];
    const { url } = await serve({
      invokeForText: async (_: string, event: unknown) =>
        JSON.stringify({
          statusCode: 200,
          multiValueHeaders: { "Set-Cookie": set },
          body: JSON.stringify(event),
        }),
    });
    const sent = request(url, { headers: { Cookie: ["a=1; b=x=y", "c=3"] } }).end();
    const [response] = await once(sent, "response");
    const { multiValueHeaders } = JSON.parse(await text(response));
    // Node.js joins the values of one header.
    expect(multiValueHeaders).toMatchObject({ Cookie: ["a=1; b=x=y; c=3"] });
    expect(response.headers["set-cookie"]).toEqual(set);
  });

  it("has a body of a binary media type as base64", async () => {
    const definition = { "x-amazon-apigateway-binary-media-types": ["multipart/form-data"] };
    const { url } = await serve(echo, { definition, routes: { "POST /": {} } });
    const body = Buffer.from([0xff, 0x00, 0x80]);
    const send = async (type: string) => {
      const headers = { "Content-Type": type };
      return await (await fetch(url, { method: "POST", headers, body })).json();
    };
    const encoded = { body: body.toString("base64"), isBase64Encoded: true };
    expect(await send("multipart/form-data; boundary=x")).toMatchObject(encoded);
    expect(await send("Multipart/Form-Data")).toMatchObject(encoded);
    const text = { body: "\ufffd\u0000\ufffd", isBase64Encoded: false };
    expect(await send("application/octet-stream")).toMatchObject(text);
  });

  it("has null for absent values", async () => {
    const { url } = await serve(echo);
    expect(await (await fetch(url)).json()).toMatchObject({
      pathParameters: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
    });
  });

  it("invokes the function with the ARN of the integration", async () => {
    const asked: string[] = [];
    const { url } = await serve({
      invokeForText: async (name) => {
        asked.push(name);
        return '{"statusCode":204}';
      },
    });
    expect((await fetch(url)).status).toBe(204);
    expect(asked).toEqual([functionArn]);
  });

  it("may reuse a connection", async () => {
    const { port } = await serve(answers({ statusCode: 200, body: "hi" }));
    const socket = connect(port, "127.0.0.1");
    let seen = "";
    socket.on("data", (text) => {
      seen += text;
      if (seen.endsWith("hi")) {
        if (seen.split("HTTP/1.1 200").length < 3)
          socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        else socket.end();
      }
    });
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await once(socket, "close");
    expect(seen.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  it("may be chunked, and may wait for 100 Continue", async () => {
    const { url } = await serve(echo, { routes: { "POST /": {} } });
    const sending = request(url, { method: "POST", headers: { Expect: "100-continue" } });
    sending.flushHeaders();
    await once(sending, "continue");
    sending.write("one ");
    sending.end("two");
    const [response] = await once(sending, "response");
    let text = "";
    for await (const piece of response) text += piece;
    expect(JSON.parse(text)).toMatchObject({ body: "one two" });
  });

  it.each([
    ["no HTTP", "\u0001\r\n\r\n", 400],
    [
      "a header that is too long",
      `GET / HTTP/1.1\r\nHost: h\r\nA: ${"a".repeat(20_000)}\r\n\r\n`,
      413,
    ],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
      400,
    ],
  ])("that is %s gets JSON", async (_, bytes, status) => {
    const { port } = await serve(echo);
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    let seen = "";
    for await (const text of socket) seen += text;
    const [head = "", body = ""] = seen.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("application/json");
    expect(JSON.parse(body)).toHaveProperty("message");
  });

  it("whose client disconnects has no effect", async () => {
    const answer = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const { url, logged } = await serve({
      invokeForText: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const leaving = new AbortController();
    const gone = fetch(url, { signal: leaving.signal }).catch(() => "gone");
    await asked.promise;
    leaving.abort();
    expect(await gone).toBe("gone");
    answer.resolve('{"statusCode":200,"body":"late"}');
    expect(await (await fetch(url)).text()).toBe("late");
    expect(logged).toEqual([]);
  });
});

describe("a function's response", () => {
  it("becomes the HTTP response, with multi-value headers", async () => {
    const { url } = await serve(
      answers({
        statusCode: 201,
        headers: { "content-type": "text/plain", "x-n": 5, "X-Many": "dropped" },
        multiValueHeaders: { "x-many": ["a", "b"] },
        body: "grüße",
      }),
    );
    const response = await fetch(url);
    expect(response.status).toBe(201);
    expect(response.headers.get("x-n")).toBe("5");
    expect(response.headers.get("x-many")).toBe("a, b");
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(response.headers.get("content-length")).toBe("7");
    expect(await response.text()).toBe("grüße");
  });

  it("is JSON by default", async () => {
    const { url } = await serve(answers({ statusCode: 200 }));
    expect((await fetch(url)).headers.get("content-type")).toBe("application/json");
  });

  it.each([
    ["no object", "text"],
    ["no status", { body: "x" }],
    ["a status that is none", { statusCode: 99 }],
    ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
    ["a field that is not known", { statusCode: 200, bodi: "x" }],
    ["a header that breaks the line", { statusCode: 200, headers: { a: "b\r\nc: d" } }],
    ["a header name that is none", { statusCode: 200, headers: { "a b": "c" } }],
  ])("is a bad gateway when it has %s", async (_, answer) => {
    const { url } = await serve(answers(answer));
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ message: "Internal server error" });
  });

  it("results in 502 when it is not JSON", async () => {
    const { url } = await serve({ invokeForText: async () => "{" });
    expect((await fetch(url)).status).toBe(502);
  });
});

describe("the gateway's own responses", () => {
  const failing = (error: Error) => ({ invokeForText: () => Promise.reject(error) });
  const report = { errorType: "Error", errorMessage: "secret of the function" };

  it.each([
    ["a function that fails", failing(new FunctionError(report)), 502],
    ["a function that is throttled", failing(new ThrottledError("Rate Exceeded")), 500],
    ["a function that is too late", { invokeForText: () => new Promise<string>(() => {}) }, 504],
    ["a bug of this gateway", failing(new TypeError("undefined is not a function")), 502],
  ])("report %s", async (_, functions, status) => {
    const { url } = await serve(functions, { routes: { "GET /": { timeoutInMillis: 50 } } });
    const response = await fetch(url);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: expect.not.stringContaining("secret") });
  });

  it("report an unknown route or method", async () => {
    const { url } = await serve(answers({ statusCode: 200 }), { routes: { "GET /a": {} } });
    for (const response of [
      await fetch(`${url}/b`),
      await fetch(`${url}/a`, { method: "POST", body: "x" }),
      await fetch(`${url}/a`, { method: "HEAD" }),
    ]) {
      expect(response.status).toBe(403);
    }
    expect((await fetch(`${url}/a`)).status).toBe(200);
  });

  it.each([
    ["that says its length", "x".repeat(requestBytesMax + 1)],
    ["that comes in pieces", new Blob(["x".repeat(requestBytesMax + 1)]).stream()],
  ])("report a body that is too large, %s", async (_, body) => {
    const { url } = await serve(answers({ statusCode: 200 }), { routes: { "POST /": {} } });
    const response = await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: "Request Too Long" });
  });

  it("reject a body that is too large before it is sent, when the client sends Expect", async () => {
    const { url } = await serve(answers({ statusCode: 200 }), { routes: { "POST /": {} } });
    const headers = { Expect: "100-continue", "Content-Length": requestBytesMax + 1 };
    const sending = request(url, { method: "POST", headers });
    sending.on("continue", () => expect.unreachable());
    sending.on("error", () => {});
    sending.flushHeaders();
    const [response] = await once(sending, "response");
    expect(response.statusCode).toBe(413);
    sending.destroy();
  });

  it("report throttling by the stage", async () => {
    const settings = { HttpMethod: "*", ResourcePath: "/*" };
    const limits = { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 };
    const stage = { MethodSettings: [{ ...settings, ...limits }] };
    const { url } = await serve(answers({ statusCode: 200 }), { stage });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await fetch(url)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it("throttle a method with its own limit independently", async () => {
    const limits = { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 };
    const stage = {
      MethodSettings: [
        { HttpMethod: "*", ResourcePath: "/*", ...limits },
        { HttpMethod: "GET", ResourcePath: "/~1v1~1health", ...limits },
      ],
    };
    const routes = { "GET /v1/health": {}, "GET /v1/user": {} };
    const { url } = await serve(answers({ statusCode: 200 }), { stage, routes });
    const statuses = [];
    for (const path of ["/v1/user", "/v1/user", "/v1/health", "/v1/health"]) {
      statuses.push((await fetch(`${url}${path}`)).status);
    }
    expect(statuses).toEqual([200, 429, 200, 429]);
  });

  it("use the template's response of their type, else of their class", async () => {
    const templates = (text: string) => ({ "application/json": text });
    const responses = {
      MISSING_AUTHENTICATION_TOKEN: {
        statusCode: "404",
        responseParameters: { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" },
        responseTemplates: templates(
          '{"says":$context.error.messageString,"type":"$context.error.responseType","id":"$context.requestId"}',
        ),
      },
      DEFAULT_5XX: { responseTemplates: templates('{"sorry":true}') },
    };
    const functions = failing(new ThrottledError("Rate Exceeded"));
    const { url } = await serve(functions, { responses });
    const missing = await fetch(`${url}/b`);
    expect(missing.status).toBe(404);
    expect(missing.headers.get("access-control-allow-origin")).toBe("*");
    expect(await missing.json()).toEqual({
      says: "Missing Authentication Token",
      type: "MISSING_AUTHENTICATION_TOKEN",
      id: missing.headers.get("x-amzn-requestid"),
    });
    const throttled = await fetch(url);
    expect([throttled.status, await throttled.json()]).toEqual([500, { sorry: true }]);
  });
});

it("responds to a CORS preflight with the headers of the template", async () => {
  const integration = {
    type: "mock",
    requestTemplates: { "application/json": '{"statusCode": 204}' },
    responses: {
      default: {
        statusCode: "204",
        responseParameters: {
          "method.response.header.Access-Control-Allow-Origin": "'*'",
          "method.response.header.Access-Control-Allow-Methods": "'GET,POST'",
        },
      },
    },
  };
  const { url } = await serve({}, { routes: { "OPTIONS /a": integration } });
  const response = await fetch(`${url}/a`, { method: "OPTIONS" });
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-methods")).toBe("GET,POST");
});

it("finds routes with literals and variables at the same level", async () => {
  const routes = {
    "GET /v1/{device}/{event+}": {},
    "GET /v1/devices": {},
    "POST /v1/{device}": {},
  };
  const { url } = await serve(echo, { routes });
  const found = async (method: string, path: string) => {
    const response = await fetch(`${url}${path}`, { method });
    return response.ok ? JSON.parse(await response.text()).resource : response.status;
  };
  expect(await found("GET", "/v1/devices")).toBe("/v1/devices");
  expect(await found("POST", "/v1/lamp")).toBe("/v1/{device}");
  expect(await found("GET", "/v1/lamp/a/b")).toBe("/v1/{device}/{event+}");
  expect(await found("GET", "/v1/lamp")).toBe(403);
});

describe("an unsupported definition is rejected by the name of what is unknown", () => {
  const secured = { get: { security: [{ key: [] }], "x-amazon-apigateway-integration": {} } };
  it.each([
    ["a version", "openapi", { openapi: "3.1.0" }],
    ["a keyword", "servers", { servers: [] }],
    ["an extension", "x-amazon-apigateway-policy", { "x-amazon-apigateway-policy": {} }],
    ["a keyword of an operation", "security", { paths: { "/": secured } }],
    ["a keyword of a path", "servers", { paths: { "/": { servers: [] } } }],
    [
      "a parameter that is not in the path",
      "parameters",
      {
        paths: { "/": { parameters: [{ name: "q", in: "query" }] } },
      },
    ],
  ])("%s", async (_, name, definition) => {
    await expect(serve({}, { definition })).rejects.toThrow(name);
  });

  const streams = { responseTransferMode: "CHUNKED" };
  it.each([
    [
      "another service",
      "uri",
      { "GET /": { type: "aws_proxy", uri: "arn:aws:apigateway:x:sqs:path/q" } },
    ],
    ["another integration", "type", { "GET /": { type: "http_proxy", uri: "http://example.com" } }],
    ["another transfer mode", "responseTransferMode", { "GET /": streams }],
    ["a property of an integration", "cacheKeyParameters", { "GET /": { cacheKeyParameters: [] } }],
    [
      "a header that is not a static value",
      "only a static value",
      {
        "OPTIONS /": {
          type: "mock",
          responses: {
            default: {
              statusCode: "204",
              responseParameters: { "method.response.header.A": "method.request.header.Origin" },
            },
          },
        },
      },
    ],
  ])("%s", async (_, name, routes: Routes) => {
    await expect(serve({}, { routes })).rejects.toThrow(name);
  });

  it.each([
    ["two variables at one level", { "GET /{a}": {}, "GET /{b}": {} }],
    ["a path below a greedy variable", { "GET /{a+}/b": {} }],
  ])("%s", async (_, routes) => {
    await expect(serve({}, { routes })).rejects.toThrow(/variable/);
  });

  it("a variable in a gateway response", async () => {
    const responseTemplates = { "application/json": '{"ip":"$context.identity.sourceIp"}' };
    const responses = { THROTTLED: { responseTemplates } };
    await expect(serve({}, { responses })).rejects.toThrow("$context.identity.sourceIp");
  });

  it("a second API", async () => {
    const { gateway } = await serve({});
    const other = { logicalId: "Other", Body: definitionOf() };
    await expect(create(gateway, "RestApi", other)).rejects.toThrow("second");
  });
});

describe("the server", () => {
  it("reports a port in use", async () => {
    const { port } = await serve({});
    await expect(serve({}, { port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("stops when requests in flight have been answered", async () => {
    const answer = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const { gateway, url } = await serve({
      invokeForText: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const response = fetch(url);
    await asked.promise;
    const stopped = gateway.stop();
    answer.resolve('{"statusCode":200,"body":"last"}');
    expect(await (await response).text()).toBe("last");
    await stopped;
    await expect(fetch(url)).rejects.toThrow();
  });

  it("stops although a request never ends", async () => {
    const asked = Promise.withResolvers<void>();
    const { gateway, url } = await serve({
      invokeForText: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const response = fetch(url).catch(() => "cut");
    await asked.promise;
    await gateway.stop();
    expect(await response).toBe("cut");
  });
});

it.each([
  ["half a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"],
  ["half a header", "POST / HTTP/1.1\r\nHos"],
  [
    "nothing more in a chunk",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
  ],
])("closes a connection that sends %s after a timeout, with a JSON response", async (_, sent) => {
  const { url } = await serve({}, { routes: { "POST /": {} }, requestMsMax: 200 });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(sent);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(answer).toContain('{"message":"Request Timeout"}');
});

it("a method answers 500 when the function's policy does not allow it to invoke", async () => {
  const asked = vi.fn((_: string, { resource }: { resource: string }) => resource !== functionArn);
  const invokeForText = vi.fn();
  const access = { ...openAccess(), allowsService: asked };
  const { url, logged } = await serve({ invokeForText }, { access });
  expect((await fetch(url)).status).toBe(500);
  expect(asked).toHaveBeenCalledWith("apigateway.amazonaws.com", {
    action: "lambda:InvokeFunction",
    resource: functionArn,
    context: {
      "aws:sourcearn": "arn:aws:execute-api:us-east-1:000000000000:Stack-Api/live/GET/",
      "aws:sourceaccount": "000000000000",
    },
  });
  expect(invokeForText).not.toHaveBeenCalled();
  expect(logged).toHaveLength(1);
});
