import { Stack } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { apiTimeoutSeconds } from "../../../shared/api/limits.ts";
import { type ApiFunction, type GatewayRoute, routes } from "../../../shared/routes/table.ts";
import { streamTimeoutSeconds } from "../../../shared/stream/limits.ts";
import { gatewayResponses } from "./gatewayResponses.ts";
import { preflight } from "./preflight.ts";

/** The function for each name in the route table. */
export type Answers = Readonly<Record<ApiFunction, IFunction>>;

/**
 * The REST API as API Gateway imports it: OpenAPI 3.0 with its extensions, for every route of
 * `shared/routes/table.ts`. It has no schemas, because the functions validate each request; the
 * document for clients is another one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export const definition = (scope: Construct, name: string, answers: Answers) => ({
  openapi: "3.0.1",
  info: { title: name, version: "1" },
  paths: paths(Stack.of(scope), answers),
  "x-amazon-apigateway-gateway-responses": gatewayResponses(),
  // API Gateway passes such a body as base64. It reads every other one as UTF-8.
  "x-amazon-apigateway-binary-media-types": ["multipart/form-data"],
});

const paths = (stack: Stack, answers: Answers) => {
  const all = new Set(routes.map(({ path }) => path));
  return Object.fromEntries(
    [...all].map((path) => [
      path,
      {
        ...pathParameters(path),
        ...Object.fromEntries(
          routes
            .filter((route) => route.path === path)
            .map((route) => [
              route.method.toLowerCase(),
              {
                // A proxy integration returns the function's response unchanged.
                responses: { default: { description: "The response of the function." } },
                "x-amazon-apigateway-integration": integrate(stack, answers[route.function], route),
              },
            ]),
        ),
        options: preflight,
      },
    ]),
  );
};

const pathParameters = (path: string) => {
  const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name);
  const schema = { type: "string" };
  return names.length === 0
    ? {}
    : { parameters: names.map((name) => ({ name, in: "path", required: true, schema })) };
};

const integrate = (stack: Stack, { functionArn }: IFunction, { stream }: GatewayRoute) => ({
  type: "aws_proxy",
  // Lambda is always invoked with POST.
  httpMethod: "POST",
  uri: stack.formatArn({
    service: "apigateway",
    account: "lambda",
    resource: "path",
    resourceName: stream
      ? `2021-11-15/functions/${functionArn}/response-streaming-invocations`
      : `2015-03-31/functions/${functionArn}/invocations`,
  }),
  responseTransferMode: stream ? "STREAM" : "BUFFERED",
  timeoutInMillis: (stream ? streamTimeoutSeconds : apiTimeoutSeconds) * 1_000,
});
