import type { APIGatewayProxyEvent } from "aws-lambda";

type Paths = Pick<APIGatewayProxyEvent, "path"> & {
  readonly requestContext: Pick<APIGatewayProxyEvent["requestContext"], "path">;
};

/**
 * The path of a site at `path` of the API as the browser sees it, with a slash at its end: with the
 * stage, or with the base path of a domain name, which are in the path of the context only.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
export const basePath = (
  site: string,
  { path, requestContext: { path: whole } }: Paths,
): string => {
  const prefix = whole.endsWith(path) ? whole.slice(0, -path.length) : "";
  return /^(\/[\w.~-]+)*$/.test(prefix) ? `${prefix}${site}/` : `${site}/`;
};
