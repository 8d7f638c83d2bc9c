import * as z from "zod";
import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import type { Api } from "./api.ts";
import { applyDefinition, definition } from "./definition.ts";
import { methodOf, throttle } from "./throttle.ts";

/** Properties about deployment, logging and the console: accepted and ignored. */
const unused = z.unknown().optional();

/** Providers of the resource types of a REST API. They fill in `api`. */
export const apiProviders = (api: Api): ResourceProvider[] => [
  restApiProvider(api),
  stageProvider(api),
  deploymentProvider,
  accountProvider,
];

const restApiProvider = (api: Api) =>
  resourceProvider({
    type: "AWS::ApiGateway::RestApi",
    properties: z.strictObject({
      Name: z.string().optional(),
      Body: definition,
      Description: unused,
      EndpointConfiguration: unused,
      Parameters: z.strictObject({ endpointConfigurationTypes: unused }).optional(),
      Tags: unused,
    }),
    create({ Name, Body }, { stack, logicalId, account }) {
      if (api.id !== "") throw new Error("a second REST API is not supported");
      api.id = `${stack}-${logicalId}`;
      api.name = Name ?? Body.info.title;
      api.account = account;
      applyDefinition(api, Body);
      return { ref: api.id, attributes: { RootResourceId: `${api.id}-root`, RestApiId: api.id } };
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
