import type { APIGatewayProxyEvent } from "aws-lambda";
import { header } from "./request.ts";

/**
 * The URL of the API that the client used, without a slash at the end. The context has the domain
 * name that API Gateway accepted, and the path with the stage or the base path of a domain. On one
 * machine it has no domain name.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
export const apiOf = (event: APIGatewayProxyEvent): string => {
  const { domainName, path: whole } = event.requestContext;
  const prefix = whole.endsWith(event.path) ? whole.slice(0, -event.path.length) : "";
  const host = header(event, "host") ?? "127.0.0.1";
  return domainName === undefined ? `http://${host}${prefix}` : `https://${domainName}${prefix}`;
};
