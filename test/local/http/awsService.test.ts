import { expect, it, onTestFinished } from "vitest";
import { ConnectionCut } from "../../../local/fault/connectionCut.ts";
import { fault } from "../../../local/fault/fault.ts";
import { awsJsonClient } from "../../../local/http/awsJsonClient.ts";
import type { AwsHandler } from "../../../local/http/awsRequest.ts";
import { startAwsService } from "../../../local/http/awsService.ts";
import { invalidRequest } from "../../../local/http/restFailure.ts";
import { type Cancellation, Canceller } from "../../../local/platform/cancellation.ts";

const credentials = { accessKeyId: "K", secretAccessKey: "S" };

const echo: AwsHandler = async ({ body }) => ({ status: 200, headers: {}, body });

const start = async (handler: AwsHandler = echo, region = "r-1") => {
  const service = await startAwsService({
    region,
    serviceOf: () => "tables",
    signers: { credentials, region, services: ["dynamodb"] },
    bodyBytesMax: 1_000,
    handler,
    log: () => {},
  });
  onTestFinished(service.stop);
  const overHttp = async (body: object, signedFor = region) => {
    const signing = { credentials, region: signedFor, service: "dynamodb" };
    const options = { target: "DynamoDB", version: "1.0", socketsMax: 1 } as const;
    const client = awsJsonClient({ url: service.url, signing, ...options });
    return await client.call("PutItem", body).finally(client.close);
  };
  const direct = async (body: object, signedFor?: string) => {
    const authorization = signedFor && `X Credential=K/20260131/${signedFor}/dynamodb/aws4_request`;
    const text = JSON.stringify(body);
    const { status, body: answer } = await service.handle({
      method: "POST",
      url: "/",
      headers: {
        host: "localhost",
        "content-length": String(text.length),
        "x-amz-target": "DynamoDB.PutItem",
        ...(authorization !== undefined && { authorization }),
      },
      body: Buffer.from(text),
    });
    return { status, answer: JSON.parse(answer.toString()) };
  };
  return { service, overHttp, direct };
};

const condition = (isStopped: boolean, given?: object) => ({
  conditions: { tables: { isStopped, fault: given && fault.parse(given) } },
  peers: {},
});

it("answers signed requests over HTTP, and direct requests, with the same handler", async () => {
  const { overHttp, direct } = await start();
  expect(await overHttp({ a: 1 })).toEqual({ a: 1 });
  expect(await direct({ a: 1 })).toEqual({ status: 200, answer: { a: 1 } });
});

it("returns a planned failure as the service's error response through both doors", async () => {
  const { overHttp, direct } = await start(async () => {
    throw invalidRequest("no such thing");
  });
  await expect(overHttp({})).rejects.toMatchObject({
    status: 400,
    code: "InvalidRequestException",
  });
  const answer = { __type: "InvalidRequestException", message: "no such thing" };
  expect(await direct({})).toEqual({ status: 400, answer });
});

it("applies the faults of a drill through both doors", async () => {
  const { service, overHttp, direct } = await start();
  service.setFaults(
    condition(false, { error: { status: 503, code: "Bad", operations: ["PutItem"] } }),
  );
  await expect(overHttp({})).rejects.toMatchObject({ status: 503, code: "Bad" });
  expect(await direct({})).toMatchObject({ status: 503, answer: { __type: "Bad" } });
  service.setFaults(condition(false, { error: { tables: ["sessions"] } }));
  expect(await direct({ TableName: "devices" })).toMatchObject({ status: 200 });
  expect(await direct({ TableName: "sessions" })).toMatchObject({ status: 500 });
});

it("cuts requests to a stopped service, also those in flight", async () => {
  const arrived = Promise.withResolvers<void>();
  const { service, overHttp, direct } = await start(async () => {
    arrived.resolve();
    return await new Promise(() => {});
  });
  const cut = expect(direct({})).rejects.toThrow(ConnectionCut);
  await arrived.promise;
  service.setFaults(condition(true));
  await cut;
  await expect(direct({})).rejects.toThrow(ConnectionCut);
  await expect(overHttp({})).rejects.toMatchObject({ code: "ECONNRESET" });
});

it("a request that is cut, or whose client leaves during a delay, takes no effect afterwards", async () => {
  const clients: (Cancellation | undefined)[] = [];
  const { service } = await start((_request, client) => {
    clients.push(client);
    return new Promise(() => {});
  });
  const request = { method: "POST", url: "/", headers: {}, body: Buffer.alloc(0) };
  const cut = expect(service.handle(request)).rejects.toThrow(ConnectionCut);
  service.setFaults(condition(true));
  await cut;
  expect(clients.map((client) => client?.isCancelled)).toEqual([true]);
  service.setFaults(condition(false, { delayMs: 30 }));
  const client = new Canceller();
  const left = expect(service.handle(request, client)).rejects.toThrow("left");
  client.cancel(new Error("left"));
  await left;
  expect(clients).toHaveLength(1);
});

it("direct requests have the same limits and errors as those over HTTP", async () => {
  const { service } = await start(async ({ body }) => {
    JSON.parse(body.toString());
    throw new TypeError("a bug");
  });
  const send = async (body: string) => {
    const request = { method: "POST", url: "/", headers: {}, body: Buffer.from(body) };
    return (await service.handle(request)).status;
  };
  const bodies = ["{", "[".repeat(500), `"${"x".repeat(1_000)}"`, "{}"];
  expect(await Promise.all(bodies.map(send))).toEqual([400, 400, 413, 500]);
});

it("a direct request to a region that does not answer fails as a cut connection", async () => {
  const { service, direct } = await start();
  service.setFaults({ conditions: {}, peers: { "r-2": "http://127.0.0.1:1" } });
  await expect(direct({}, "r-2")).rejects.toThrow(ConnectionCut);
});

it("forwards a request that is signed for another region", async () => {
  const other = await start(async () => ({ status: 200, headers: {}, body: '"there"' }), "r-2");
  const { service, overHttp, direct } = await start();
  service.setFaults({ conditions: {}, peers: { "r-2": other.service.url } });
  expect(await overHttp({}, "r-2")).toBe("there");
  expect(await direct({}, "r-1")).toMatchObject({ answer: {} });
  // The other region refuses a request with an invalid signature.
  expect(await direct({}, "r-2")).toMatchObject({ status: 403 });
});
