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
  responseTransferMode: "STREAM",
  uri: `arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${functionArn}/response-streaming-invocations`,
};

const buffered = {
  type: "aws_proxy",
  httpMethod: "POST",
  uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
};

interface ServeOptions {
  readonly routes?: Routes;
  /** Gateway responses, by type. */
  readonly responses?: Readonly<Record<string, unknown>>;
  /** More of the API's definition. */
  readonly definition?: Readonly<Record<string, unknown>>;
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
  const api = await create(gateway, "RestApi", {
    logicalId: "Api",
    Name: "api",
    Body: { ...definitionOf(options), ...options.definition },
  });
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

/** The definition of an API with these routes, as the template contains it. */
export const definitionOf = ({ routes = { "GET /": {} }, responses = {} }: ServeOptions = {}) => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [route, integration] of Object.entries(routes)) {
    const [method = "", path = ""] = route.split(" ");
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        responses: {},
        "x-amazon-apigateway-integration": {
          ...(integration.type === undefined ? buffered : {}),
          ...integration,
        },
      },
    };
  }
  return {
    openapi: "3.0.1",
    info: { title: "api", version: "1" },
    paths,
    "x-amazon-apigateway-gateway-responses": responses,
  };
};
