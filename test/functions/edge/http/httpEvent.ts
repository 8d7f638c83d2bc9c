import type { APIGatewayProxyEvent } from "aws-lambda";

/** An event of API Gateway with the fields that functions read. */
export const httpEvent = (given: {
  method?: string;
  resource?: string;
  path?: Record<string, string> | null;
  query?: Record<string, string> | null;
  headers?: Record<string, string>;
  body?: string | null;
  isBase64Encoded?: boolean;
}): APIGatewayProxyEvent =>
  ({
    httpMethod: given.method ?? "GET",
    resource: given.resource ?? "/v1/user",
    pathParameters: given.path ?? null,
    queryStringParameters: given.query ?? null,
    headers: given.headers ?? {},
    body: given.body ?? null,
    isBase64Encoded: given.isBase64Encoded ?? false,
    requestContext: { identity: { sourceIp: "192.0.2.1" } },
  }) as APIGatewayProxyEvent;
