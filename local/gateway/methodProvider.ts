import * as z from "zod";
import { kind } from "../template/resourceProvider.ts";
import type { Integration } from "./api.ts";
import { integrationMsDefault } from "./limits.ts";
import type { RouteNode } from "./routeTree.ts";

/** A header's value in a template of API Gateway: a fixed text, in single quotes. */
export const headerText = z
  .string()
  .regex(/^'.*'$/, "only a fixed text in single quotes is known here")
  .transform((quoted) => quoted.slice(1, -1));

const functionUri =
  /:lambda:path\/[\d-]+\/functions\/(arn:[^/]+)\/(?:response-streaming-)?invocations$/;

const functionIntegration = z
  .strictObject({
    Type: z.literal("AWS_PROXY"),
    IntegrationHttpMethod: z.literal("POST"),
    Uri: z.string().regex(functionUri),
    ResponseTransferMode: z.enum(["BUFFERED", "STREAM"]).default("BUFFERED"),
    TimeoutInMillis: z.int().default(integrationMsDefault),
  })
  .transform(
    ({ Uri, ResponseTransferMode, TimeoutInMillis }): Integration => ({
      kind: "function",
      functionArn: functionUri.exec(Uri)?.[1] ?? "",
      streams: ResponseTransferMode === "STREAM",
      timeoutMs: TimeoutInMillis,
    }),
  );

const responseHeader = "method.response.header.";

/** One response and no conditions, which is what the CDK writes for a CORS preflight. */
const mockIntegration = z
  .strictObject({
    Type: z.literal("MOCK"),
    RequestTemplates: z.unknown().optional(),
    IntegrationResponses: z.tuple([
      z.strictObject({
        StatusCode: z.coerce.number().int(),
        ResponseParameters: z.record(z.string().startsWith(responseHeader), headerText).default({}),
      }),
    ]),
  })
  .transform(({ IntegrationResponses: [response] }): Integration => {
    const headers = Object.entries(response.ResponseParameters).map(
      ([name, value]) => [name.slice(responseHeader.length), value] as const,
    );
    return { kind: "fixed", reply: { status: response.StatusCode, headers, body: "" } };
  });

const properties = z.strictObject({
  RestApiId: z.string(),
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.literal("NONE"),
  ApiKeyRequired: z.literal(false).default(false),
  Integration: z.union([functionIntegration, mockIntegration]),
  // Which responses there may be. A proxy integration sends what its function answers.
  MethodResponses: z.unknown().optional(),
});

/** `AWS::ApiGateway::Method`. `find` gives the resource with an id. */
export const methodProvider = (find: (resourceId: string) => RouteNode<Integration>) =>
  kind({
    type: "AWS::ApiGateway::Method",
    properties,
    create({ ResourceId, HttpMethod, Integration }, { stack, logicalId }) {
      find(ResourceId).methods.set(HttpMethod, Integration);
      return { ref: `${stack}-${logicalId}` };
    },
  });
