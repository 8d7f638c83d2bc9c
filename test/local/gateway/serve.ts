import { onTestFinished } from "vitest";
import { type Gateway, startGateway } from "../../../local/gateway/gateway.ts";
import type { Functions } from "../../../local/gateway/invokeFunction.ts";
import type { Access } from "../../../local/iam/access.ts";

const place = { stack: "Stack", region: "us-east-1", account: "000000000000" };

/** Creates a resource as `createStack` does. */
export const create = async (
  { providers }: Gateway,
  type: string,
  { logicalId, ...properties }: Record<string, unknown> & { logicalId: string },
) => {
  const kind = providers.find((each) => each.type === `AWS::ApiGateway::${type}`)!;
  return await kind.create(kind.properties.parse(properties), { ...place, logicalId });
};

/** `GET /a/{b}` with changes to its integration. */
export type Routes = Record<string, Record<string, unknown>>;

export const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:fn";

/** The integration that the CDK writes for a streaming function. */
export const streaming = {
  ResponseTransferMode: "STREAM",
  Uri: `arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${functionArn}/response-streaming-invocations`,
};

const buffered = {
  Type: "AWS_PROXY",
  IntegrationHttpMethod: "POST",
  Uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
};

interface ServeOptions {
  readonly routes?: Routes;
  readonly responses?: readonly Record<string, unknown>[];
  readonly stage?: Record<string, unknown>;
  readonly port?: number;
  readonly requestMsMax?: number;
  readonly isDiskFull?: boolean;
  readonly access?: Access;
}

/** Starts a gateway with routes for the duration of a test. */
export const serve = async (functions: Partial<Functions>, options: ServeOptions = {}) => {
  const unused = () => Promise.reject(new Error("not used in this test"));
  const lambda = { invokeForText: unused, invokeForStream: unused, ...functions };
  const logged: string[] = [];
  const gateway = startGateway({
    lambda,
    region: "us-east-1",
    port: options.port ?? 0,
    access: options.access,
    ...(options.isDiskFull && { space: { isFull: true } }),
    ...(options.requestMsMax && { requestMsMax: options.requestMsMax }),
    log: (message) => logged.push(message),
  });
  onTestFinished(gateway.stop);
  const api = await create(gateway, "RestApi", { logicalId: "Api", Name: "api" });
  await addRoutes(gateway, api.attributes!.RootResourceId!, options.routes ?? { "GET /": {} });
  for (const [i, response] of (options.responses ?? []).entries()) {
    await create(gateway, "GatewayResponse", {
      logicalId: `R${i}`,
      RestApiId: api.ref,
      ...response,
    });
  }
  await create(gateway, "Stage", {
    logicalId: "Stage",
    RestApiId: api.ref,
    DeploymentId: "d",
    StageName: "live",
    ...options.stage,
  });
  const { url, port } = await gateway.open();
  return { gateway, url, port, logged };
};

const addRoutes = async (gateway: Gateway, rootId: string, routes: Routes): Promise<void> => {
  const ids = new Map([["", rootId]]);
  for (const [route, integration] of Object.entries(routes)) {
    const [HttpMethod, path = ""] = route.split(" ");
    let at = "";
    for (const PathPart of path.split("/").filter((part) => part !== "")) {
      const ParentId = ids.get(at);
      at += `/${PathPart}`;
      if (ids.has(at)) continue;
      const logicalId = `Resource${at}`;
      const made = await create(gateway, "Resource", {
        logicalId,
        RestApiId: "a",
        ParentId,
        PathPart,
      });
      ids.set(at, made.ref);
    }
    await create(gateway, "Method", {
      logicalId: route,
      RestApiId: "a",
      ResourceId: ids.get(at),
      HttpMethod,
      AuthorizationType: "NONE",
      Integration: { ...(integration.Type === undefined ? buffered : {}), ...integration },
    });
  }
};
