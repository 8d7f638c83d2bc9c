import type { APIGatewayProxyEvent } from "aws-lambda";

/** A request that matches a route. */
export interface RoutedRequest {
  readonly method: string;
  /** As received, percent-encoded. */
  readonly path: string;
  readonly query: string;
  /** Names and values alternately, as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly resourcePath: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** In ms since 1970. */
  readonly receivedAt: number;
}

/** The API and stage that received a request. */
export interface Deployment {
  readonly apiId: string;
  readonly account: string;
  readonly stage: string;
  /** The content types of bodies that functions receive as base64. */
  readonly binaryTypes: ReadonlySet<string>;
}

/**
 * The event of a Lambda proxy integration of a REST API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 *
 * The path and its parameters stay percent-encoded, as in REST APIs; query parameters are decoded.
 * https://middy.js.org/docs/middlewares/http-urlencode-path-parser
 */
export const proxyEvent = (
  request: RoutedRequest,
  deployment: Deployment,
): APIGatewayProxyEvent => {
  const headers = multiValues(headerPairs(request));
  const query = multiValues(new URLSearchParams(request.query));
  const { parameters } = request;
  return {
    resource: request.resourcePath,
    path: request.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: headers,
    queryStringParameters: nullIfEmpty(lastValues(query)),
    multiValueQueryStringParameters: nullIfEmpty(query),
    pathParameters: nullIfEmpty({ ...parameters }),
    stageVariables: null,
    requestContext: requestContext(request, deployment, lastValues(headers)),
    ...bodyOf(request, headers, deployment),
  };
};

/**
 * A body of a binary media type is base64; API Gateway treats every other one as UTF-8.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
 */
const bodyOf = (
  { body }: RoutedRequest,
  headers: Readonly<Record<string, readonly string[]>>,
  { binaryTypes }: Deployment,
): Pick<APIGatewayProxyEvent, "body" | "isBase64Encoded"> => {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type");
  const [type = ""] = (given?.[1].at(-1) ?? "").toLowerCase().split(/[\s;]/);
  const isBase64Encoded = binaryTypes.has(type);
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
};

const requestContext = (
  { method, path, requestId, receivedAt, resourcePath, sourceIp }: RoutedRequest,
  { apiId, account, stage }: Omit<Deployment, "binaryTypes">,
  headers: Record<string, string>,
): APIGatewayProxyEvent["requestContext"] => ({
  accountId: account,
  apiId,
  authorizer: null,
  protocol: "HTTP/1.1",
  httpMethod: method,
  identity: {
    ...noIdentity,
    sourceIp,
    userAgent: headers["User-Agent"] ?? headers["user-agent"] ?? null,
  },
  path,
  stage,
  requestId,
  extendedRequestId: requestId,
  requestTime: commonLogTime(receivedAt),
  requestTimeEpoch: receivedAt,
  resourceId: resourcePath,
  resourcePath,
});

const noIdentity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const;

/** Hop-by-hop headers are not passed to the function. */
const hopByHop = new Set([
  "connection",
  "expect",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
]);

const headerPairs = ({ rawHeaders, sourceIp, requestId }: RoutedRequest): [string, string][] => {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    if (!hopByHop.has(name.toLowerCase())) pairs.push([name, value]);
  }
  return [
    ...pairs,
    ["X-Amzn-Trace-Id", `Root=${requestId}`],
    ["X-Forwarded-For", sourceIp],
    ["X-Forwarded-Proto", "http"],
  ];
};

const multiValues = (pairs: Iterable<readonly [string, string]>): Record<string, string[]> => {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries(values);
};

const lastValues = (values: Record<string, string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? ""]));

const nullIfEmpty = <Value extends object>(values: Value): Value | null =>
  Object.keys(values).length === 0 ? null : values;

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `09/Apr/2015:12:34:56 +0000` */
const commonLogTime = (ms: number): string => {
  const date = new Date(ms);
  const [day, time] = [date.toISOString().slice(8, 10), date.toISOString().slice(11, 19)];
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
};
