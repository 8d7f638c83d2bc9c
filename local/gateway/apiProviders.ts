import * as z from "zod";
import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import type { Api, Integration } from "./api.ts";
import { unknownVariable } from "./gatewayResponses.ts";
import { headerText, methodProvider } from "./methodProvider.ts";
import { addNode, type RouteNode } from "./routeTree.ts";
import { methodOf, throttle } from "./throttle.ts";

/** Properties about deployment, logging and the console: accepted and ignored. */
const unused = z.unknown().optional();

/** Providers of the resource types of a REST API. They fill in `api`. */
export const apiProviders = (api: Api): ResourceProvider[] => {
  const nodes = new Map<string, RouteNode<Integration>>();
  const find = (resourceId: string): RouteNode<Integration> => {
    const node = nodes.get(resourceId);
    if (node === undefined) throw new Error(`the API has no resource ${resourceId}`);
    return node;
  };
  return [
    restApiProvider(api, nodes),
    apiResourceProvider(nodes, find),
    methodProvider(find),
    gatewayResponseProvider(api),
    stageProvider(api),
    deploymentProvider,
    accountProvider,
  ];
};

const restApiProvider = (api: Api, nodes: Map<string, RouteNode<Integration>>) =>
  resourceProvider({
    type: "AWS::ApiGateway::RestApi",
    properties: z.strictObject({
      Name: z.string().optional(),
      Description: unused,
      EndpointConfiguration: unused,
      Tags: unused,
    }),
    create({ Name }, { stack, logicalId, account }) {
      if (api.id !== "") throw new Error("a second REST API is not supported");
      api.id = `${stack}-${logicalId}`;
      api.name = Name ?? api.id;
      api.account = account;
      const RootResourceId = `${api.id}-root`;
      nodes.set(RootResourceId, api.root);
      return { ref: api.id, attributes: { RootResourceId, RestApiId: api.id } };
    },
  });

const apiResourceProvider = (
  nodes: Map<string, RouteNode<Integration>>,
  find: (resourceId: string) => RouteNode<Integration>,
) =>
  resourceProvider({
    type: "AWS::ApiGateway::Resource",
    properties: z.strictObject({
      RestApiId: z.string(),
      ParentId: z.string(),
      PathPart: z.string(),
    }),
    create({ ParentId, PathPart }, { stack, logicalId }) {
      const ref = `${stack}-${logicalId}`;
      nodes.set(ref, addNode(find(ParentId), PathPart));
      return { ref, attributes: { ResourceId: ref } };
    },
  });

const responseHeader = "gatewayresponse.header.";

const gatewayResponseProvider = (api: Api) =>
  resourceProvider({
    type: "AWS::ApiGateway::GatewayResponse",
    properties: z.strictObject({
      RestApiId: z.string(),
      ResponseType: z.string(),
      StatusCode: z.coerce.number().int().optional(),
      ResponseParameters: z.record(z.string().startsWith(responseHeader), headerText).default({}),
      ResponseTemplates: z.strictObject({ "application/json": z.string().optional() }).default({}),
    }),
    create({ ResponseType, StatusCode, ResponseParameters, ResponseTemplates }, place) {
      const template = ResponseTemplates["application/json"];
      const unknown = unknownVariable(template ?? "");
      if (unknown !== undefined) throw new Error(`the variable ${unknown} is not supported`);
      const headers = Object.fromEntries(
        Object.entries(ResponseParameters).map(([name, value]) => [
          name.slice(responseHeader.length),
          value,
        ]),
      );
      api.responses.set(ResponseType, { status: StatusCode, headers, template });
      return { ref: `${place.stack}-${place.logicalId}` };
    },
  });

const stageProvider = (api: Api) =>
  resourceProvider({
    type: "AWS::ApiGateway::Stage",
    properties: z.strictObject({
      RestApiId: z.string(),
      DeploymentId: z.string(),
      StageName: z.string(),
      MethodSettings: z
        .array(
          z.strictObject({
            HttpMethod: z.string(),
            ResourcePath: z.string(),
            ThrottlingRateLimit: z.number().optional(),
            ThrottlingBurstLimit: z.number().optional(),
            DataTraceEnabled: unused,
            LoggingLevel: unused,
            MetricsEnabled: z.boolean().default(false),
          }),
        )
        .default([]),
      AccessLogSetting: unused,
      Description: unused,
      Tags: unused,
      TracingEnabled: unused,
    }),
    create({ StageName, MethodSettings }) {
      api.stage = StageName;
      api.admit = throttle(MethodSettings);
      api.isMetered = detailedMetrics(MethodSettings);
      return { ref: StageName };
    },
  });

/** Whether a method has detailed metrics: its own setting replaces that of all methods. */
const detailedMetrics = (
  settings: readonly { HttpMethod: string; ResourcePath: string; MetricsEnabled: boolean }[],
): Api["isMetered"] => {
  const byMethod = new Map(settings.map((each) => [methodOf(each), each.MetricsEnabled]));
  const ofAll = byMethod.get("* /*") ?? false;
  return (method, path) => byMethod.get(`${method} ${path}`) ?? ofAll;
};

/** A snapshot of the API. Here the API is created once and does not change. */
const deploymentProvider = resourceProvider({
  type: "AWS::ApiGateway::Deployment",
  properties: z.strictObject({ RestApiId: z.string(), Description: unused }),
  create: (_, { stack, logicalId }) => ({ ref: `${stack}-${logicalId}` }),
});

/** The role that writes the logs of all APIs of an account. */
const accountProvider = resourceProvider({
  type: "AWS::ApiGateway::Account",
  properties: z.strictObject({ CloudWatchRoleArn: unused }),
  create: (_, { stack, logicalId }) => ({ ref: `${stack}-${logicalId}` }),
});
