import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A response of a service, in its own format. */
export interface Answer {
  readonly status?: number;
  /** JSON, or the result element of the Query protocol, or a whole XML document. */
  readonly body: object | string;
  /** Name of the error; services with JSON send it in a header. */
  readonly error?: string;
}

export interface Asked {
  /** Signing name of the service, for example `servicequotas`. */
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  /** Members of the request: JSON, form, or path and query. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** REST operations: service, method, path. The groups of the path are members of the request. */
const restOperations: readonly (readonly [string, string, RegExp])[] = [
  ["lambda.GetAccountSettings", "GET", /^\/2016-08-19\/account-settings/],
  ["lambda.GetFunctionConfiguration", "GET", /^\/2015-03-31\/functions\/(?<name>[^/]+)/],
  ["iot.GetPolicy", "GET", /^\/policies\/(?<name>[^/]+)$/],
  ["iot.ListTopicRules", "GET", /^\/rules$/],
  ["iot.DescribeProvisioningTemplate", "GET", /^\/provisioning-templates\/(?<name>[^/]+)$/],
  ["apigateway.GetAccount", "GET", /^\/account$/],
  ["ses.GetAccount", "GET", /^\/v2\/email\/account$/],
  ["ses.GetEmailIdentity", "GET", /^\/v2\/email\/identities\/(?<name>[^/]+)$/],
  ["s3.ListBuckets", "GET", /^\/$/],
  ["s3.HeadBucket", "HEAD", /^\/(?<name>[^/]+)\/?$/],
];

/** One HTTP server for all services and regions, which a request names in its signature. */
export const startFakeAws = async (
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<{ endpoint: string; asked: Asked[]; stop: () => Promise<void> }> => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void respond(request, response, async (one) => {
      asked.push(one);
      return await answer(one);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const respond = async (
  request: IncomingMessage,
  response: ServerResponse,
  answer: (asked: Asked) => Promise<Answer>,
): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const asked = read(request, Buffer.concat(chunks).toString());
  const { status = 200, body, error } = await answer(asked);
  const isQuery = typeof body !== "string" ? false : asked.service !== "s3";
  const text =
    typeof body === "object" ? JSON.stringify(body) : isQuery ? query(asked, body) : body;
  response.writeHead(status, {
    "content-type": typeof body === "object" ? "application/x-amz-json-1.1" : "text/xml",
    ...(error !== undefined && { "x-amzn-errortype": error }),
  });
  response.end(request.method === "HEAD" ? undefined : text);
};

/** The envelope of the Query protocol. */
const query = ({ operation }: Asked, result: string): string =>
  result.startsWith("<ErrorResponse")
    ? result
    : `<${operation}Response><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${operation}Response>`;

const read = (request: IncomingMessage, body: string): Asked => {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(
    request.headers.authorization ?? "",
  );
  const [, region = "", service = ""] = scope ?? [];
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const operation = target.split(".").at(-1) ?? "";
    return { service, region, operation, input: JSON.parse(body || "{}") };
  }
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  if (body.includes("Action=")) {
    const { Action: operation = "", ...input } = Object.fromEntries(new URLSearchParams(body));
    return { service, region, operation, input };
  }
  for (const [name, method, pattern] of restOperations) {
    const found = pattern.exec(decodeURIComponent(pathname));
    if (found === null || method !== request.method || !name.startsWith(`${service}.`)) continue;
    const input = { ...Object.fromEntries(searchParams), ...found.groups };
    return { service, region, operation: name.split(".")[1] ?? "", input };
  }
  throw new Error(`no operation: ${service} ${request.method} ${pathname}`);
};
