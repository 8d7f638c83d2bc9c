import * as z from "zod";
import { resourceProvider } from "../template/resourceProvider.ts";
import type { Integration } from "./api.ts";
import { integrationMsDefault } from "./limits.ts";
import type { RouteNode } from "./routeTree.ts";

/** The value of a header in an API Gateway template: a static value in single quotes. */
export const headerText = z
  .string()
  .regex(/^'.*'$/, "only a static value in single quotes is supported")
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

/** A single response without conditions, as the CDK writes for a CORS preflight. */
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
  // Declares possible responses. A proxy integration returns the function's response unchanged.
  MethodResponses: z.unknown().optional(),
});

/** `AWS::ApiGateway::Method`. `find` returns the resource with an id. */
export const methodProvider = (find: (resourceId: string) => RouteNode<Integration>) =>
  resourceProvider({
    type: "AWS::ApiGateway::Method",
    properties,
    create({ ResourceId, HttpMethod, Integration }, { stack, logicalId }) {
      find(ResourceId).methods.set(HttpMethod, Integration);
      return { ref: `${stack}-${logicalId}` };
    },
  });
