import type { APIGatewayProxyEvent } from "aws-lambda";

/** An event of API Gateway with the fields that functions read. */
export const httpEvent = (given: {
  method?: string;
  resource?: string;
  path?: Record<string, string> | null;
  query?: Record<string, string> | null;
  headers?: Record<string, string>;
  /** The header `Cookie`, in as many lines as the client has sent. */
  cookies?: readonly string[];
  /** The domain name that API Gateway has accepted; absent on one machine. */
  domainName?: string;
  body?: string | null;
  isBase64Encoded?: boolean;
}): APIGatewayProxyEvent =>
  ({
    httpMethod: given.method ?? "GET",
    resource: given.resource ?? "/v1/user",
    pathParameters: given.path ?? null,
    queryStringParameters: given.query ?? null,
    path: given.resource ?? "/v1/user",
    headers: {
      ...given.headers,
      ...(given.cookies && { Cookie: given.cookies.at(-1) }),
    },
    multiValueHeaders: {
      ...Object.fromEntries(
        Object.entries(given.headers ?? {}).map(([name, value]) => [name, [value]]),
      ),
      ...(given.cookies && { Cookie: given.cookies }),
    },
    body: given.body ?? null,
    isBase64Encoded: given.isBase64Encoded ?? false,
    requestContext: {
      identity: { sourceIp: "192.0.2.1" },
      path: given.resource ?? "/v1/user",
      ...(given.domainName && { domainName: given.domainName }),
    },
  }) as unknown as APIGatewayProxyEvent;
