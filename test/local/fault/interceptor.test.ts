import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { type Fault, fault, type ServiceName } from "../../../local/fault/fault.ts";
import { type InterceptorState, interceptRequests } from "../../../local/fault/interceptor.ts";
import { closeHttp, listenHttp } from "../../../local/http/httpServer.ts";

/** A service that responds with its region and the request. */
const service = async (region: string) => {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => response.end(`${region} ${request.headers.host} ${body}`));
  });
  const serviceOf = () => "tables" as const;
  const interceptor = interceptRequests(server, { region, serviceOf });
  const url = await listenHttp(server);
  onTestFinished(() => closeHttp(server));
  return { url, interceptor };
};

const scope = (region: string) =>
  `AWS4-HMAC-SHA256 Credential=K/20260131/${region}/dynamodb/aws4_request, SignedHeaders=host`;

const ask = async (
  url: string,
  { region = "r-1", action = "PutItem", body = "{}" } = {},
): Promise<{ status: number; text: string }> =>
  await new Promise((resolve, reject) => {
    const headers = {
      authorization: scope(region),
      "x-amz-target": `DynamoDB_20120810.${action}`,
      host: "named.by.the.client",
      "content-length": Buffer.byteLength(body),
    };
    request(url, { method: "POST", headers })
      .on("response", (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      })
      .on("error", reject)
      .end(body);
  });

const isHungUp = { code: "ECONNRESET" };

const withFault = (given: object): InterceptorState => ({
  conditions: { tables: { isStopped: false, fault: fault.parse(given) satisfies Fault } },
  peers: {},
});

const stopped = (name: ServiceName): InterceptorState["conditions"] => ({
  [name]: { isStopped: true },
});

it("forwards a request unchanged to the region that it is signed for", async () => {
  const [one, two] = [await service("r-1"), await service("r-2")];
  one.interceptor.set({ conditions: {}, peers: { "r-2": two.url } });
  expect((await ask(one.url)).text).toBe("r-1 named.by.the.client {}");
  expect((await ask(one.url, { region: "r-2" })).text).toBe("r-2 named.by.the.client {}");
});

it("closes connections to a stopped service, and forwards requests for another region", async () => {
  const [one, two] = [await service("r-1"), await service("r-2")];
  const peers = { "r-2": two.url };
  one.interceptor.set({ conditions: stopped("tables"), peers });
  await expect(ask(one.url)).rejects.toMatchObject(isHungUp);
  expect((await ask(one.url, { region: "r-2" })).text).toContain("r-2");
  two.interceptor.set({ conditions: stopped("tables"), peers: {} });
  await expect(ask(one.url, { region: "r-2" })).rejects.toMatchObject(isHungUp);
  two.interceptor.set({ conditions: {}, peers: {} });
  one.interceptor.set({ conditions: {}, peers });
  expect((await ask(one.url)).text).toContain("r-1");
  expect((await ask(one.url, { region: "r-2" })).text).toContain("r-2");
});

it("cuts requests in flight to a service that stops", async () => {
  const server = createServer(() => {});
  const interceptor = interceptRequests(server, { region: "r-1", serviceOf: () => "tables" });
  const url = await listenHttp(server);
  onTestFinished(() => closeHttp(server));
  const arrived = new Promise((resolve) => server.once("request", resolve));
  const asked = ask(url);
  const cut = expect(asked).rejects.toMatchObject(isHungUp);
  await arrived;
  interceptor.set({ conditions: stopped("tables"), peers: {} });
  await cut;
});

it("keeps requests in flight to other services", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = createServer(
    (_request, response) => void released.then(() => response.end("well")),
  );
  const serviceOf = ({ url }: IncomingMessage) => (url === "/queue" ? "queues" : "buckets");
  const interceptor = interceptRequests(server, { region: "r-1", serviceOf });
  const url = await listenHttp(server);
  onTestFinished(() => closeHttp(server));
  const arrived = new Promise((resolve) => server.once("request", resolve));
  const asked = ask(`${url}/queue`);
  await arrived;
  interceptor.set({ conditions: { ...stopped("buckets"), ...stopped("broker") }, peers: {} });
  release();
  expect((await asked).text).toBe("well");
});

it("applies a fault to its operations and tables only, and leaves other requests intact", async () => {
  const { url, interceptor } = await service("r-1");
  const error = { status: 400, code: "Bad", operations: ["PutItem"], tables: ["sessions"] };
  interceptor.set(withFault({ error }));
  const put = JSON.stringify({ TableName: "sessions", Item: "x".repeat(200_000) });
  const failed = await ask(url, { body: put });
  expect(failed.status).toBe(400);
  expect(JSON.parse(failed.text)).toMatchObject({ __type: "Bad" });
  expect((await ask(url, { body: put, action: "GetItem" })).status).toBe(200);
  const other = JSON.stringify({ TableName: "devices", Item: "y".repeat(200_000) });
  expect((await ask(url, { body: other })).text).toBe(`r-1 named.by.the.client ${other}`);
  interceptor.set(withFault({}));
  expect((await ask(url, { body: put })).status).toBe(200);
});

it("applies a fault with share 0 to no request", async () => {
  const { url, interceptor } = await service("r-1");
  interceptor.set(withFault({ error: { share: 0 } }));
  expect((await ask(url)).status).toBe(200);
});

it("delays the responses of a slow service", async () => {
  const { url, interceptor } = await service("r-1");
  interceptor.set(withFault({ delayMs: 60 }));
  const begun = performance.now();
  expect((await ask(url)).status).toBe(200);
  // A timer may fire early by a fraction of a millisecond.
  expect(performance.now() - begun).toBeGreaterThan(58);
});
