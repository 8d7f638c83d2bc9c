import * as z from "zod";
import type { Api, Integration } from "./api.ts";
import { type GatewayResponse, unknownVariable } from "./gatewayResponses.ts";
import { integrationMsDefault } from "./limits.ts";
import { addNode, type RouteNode } from "./routeTree.ts";

/** Descriptions and schemas, which do not change what API Gateway does: accepted and ignored. */
const unused = z.unknown().optional();

/** The value of a header: a static value in single quotes. */
const headerText = z
  .string()
  .regex(/^'.*'$/, "only a static value in single quotes is supported")
  .transform((quoted) => quoted.slice(1, -1));

/** Headers by their names with a prefix. */
const headersWith = (prefix: string) =>
  z
    .record(z.string().startsWith(prefix), headerText)
    .default({})
    .transform((parameters) =>
      Object.entries(parameters).map(
        ([name, value]) => [name.slice(prefix.length), value] as const,
      ),
    );

const functionUri =
  /:lambda:path\/[\d-]+\/functions\/(arn:[^/]+)\/(?:response-streaming-)?invocations$/;

const functionIntegration = z
  .strictObject({
    type: z.literal("aws_proxy"),
    httpMethod: z.literal("POST"),
    uri: z.string().regex(functionUri),
    responseTransferMode: z.enum(["BUFFERED", "STREAM"]).default("BUFFERED"),
    timeoutInMillis: z.int().default(integrationMsDefault),
  })
  .transform(
    ({ uri, responseTransferMode, timeoutInMillis }): Integration => ({
      kind: "function",
      functionArn: functionUri.exec(uri)?.[1] ?? "",
      streams: responseTransferMode === "STREAM",
      timeoutMs: timeoutInMillis,
    }),
  );

/** A single response without conditions, as for a CORS preflight. */
const mockIntegration = z
  .strictObject({
    type: z.literal("mock"),
    requestTemplates: unused,
    responses: z.strictObject({
      default: z.strictObject({
        statusCode: z.coerce.number().int(),
        responseParameters: headersWith("method.response.header."),
      }),
    }),
  })
  .transform(({ responses: { default: response } }): Integration => {
    const { statusCode: status, responseParameters: headers } = response;
    return { kind: "fixed", reply: { status, headers, body: "" } };
  });

const operation = z.strictObject({
  operationId: unused,
  summary: unused,
  description: unused,
  tags: unused,
  // Declares possible responses. A proxy integration returns the function's response unchanged.
  responses: unused,
  "x-amazon-apigateway-integration": z.discriminatedUnion("type", [
    functionIntegration,
    mockIntegration,
  ]),
});

const methods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;
const anyMethod = "x-amazon-apigateway-any-method";

const pathItem = z.strictObject({
  // Without a request validator, API Gateway does not check parameters.
  parameters: z.array(z.looseObject({ in: z.literal("path") })).optional(),
  [anyMethod]: operation.optional(),
  ...Object.fromEntries(methods.map((method) => [method, operation.optional()])),
});

const gatewayResponse = z
  .strictObject({
    statusCode: z.coerce.number().int().optional(),
    responseParameters: headersWith("gatewayresponse.header."),
    responseTemplates: z.strictObject({ "application/json": z.string().optional() }).default({}),
  })
  .transform(
    ({ statusCode, responseParameters, responseTemplates }): GatewayResponse => ({
      status: statusCode,
      headers: Object.fromEntries(responseParameters),
      template: responseTemplates["application/json"],
    }),
  )
  .superRefine(({ template = "" }, context) => {
    const unknown = unknownVariable(template);
    if (unknown !== undefined) context.addIssue(`the variable ${unknown} is not supported`);
  });

/**
 * The definition of a REST API, as API Gateway imports it: OpenAPI 3.0 with its extensions. A
 * keyword or an extension that is unknown here stops the start with an error that names it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export const definition = z.strictObject({
  openapi: z.string().startsWith("3.0."),
  info: z.strictObject({ title: z.string(), version: z.string(), description: unused }),
  paths: z.record(z.string().startsWith("/"), pathItem),
  "x-amazon-apigateway-gateway-responses": z.record(z.string(), gatewayResponse).default({}),
  "x-amazon-apigateway-binary-media-types": z
    .array(z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, "wildcards are not supported"))
    .default([]),
});

/** Adds the routes and the gateway responses of a definition to an API. */
export const applyDefinition = (
  api: Api,
  {
    paths,
    "x-amazon-apigateway-gateway-responses": responses,
    "x-amazon-apigateway-binary-media-types": binaryTypes,
  }: z.output<typeof definition>,
): void => {
  for (const type of binaryTypes) api.binaryTypes.add(type.toLowerCase());
  for (const [path, { parameters, ...operations }] of Object.entries(paths)) {
    const node = nodeOf(api.root, path);
    for (const [method, defined] of Object.entries(operations)) {
      if (defined === undefined) continue;
      const name = method === anyMethod ? "ANY" : method.toUpperCase();
      node.methods.set(name, defined["x-amazon-apigateway-integration"]);
    }
  }
  for (const [type, response] of Object.entries(responses)) api.responses.set(type, response);
};

/** The resource of a path. It is added if it does not exist. */
const nodeOf = (root: RouteNode<Integration>, path: string): RouteNode<Integration> =>
  path
    .split("/")
    .filter((part) => part !== "")
    .reduce((node, part) => childOf(node, part) ?? addNode(node, part), root);

const childOf = <Method>(node: RouteNode<Method>, part: string): RouteNode<Method> | undefined => {
  const variable = node.variable?.node;
  return node.literals.get(part) ?? (variable?.path.endsWith(`/${part}`) ? variable : undefined);
};
