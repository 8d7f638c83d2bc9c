import { type GatewayErrorName, gatewayErrors } from "./gatewayError.ts";
import type { HttpReply } from "./httpReply.ts";

/** A gateway response of the template. */
export interface GatewayResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON template with variables. */
  readonly template: string | undefined;
}

/** The gateway responses of an API, by type. */
export type GatewayResponses = ReadonlyMap<string, GatewayResponse>;

/** Request values that a template can use. */
export interface RequestFacts {
  readonly requestId: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly stage: string;
}

interface Facts extends RequestFacts {
  readonly message: string;
  readonly type: string;
}

const variables: Readonly<Record<string, (facts: Facts) => string>> = {
  "$context.error.messageString": ({ message }) => JSON.stringify(message),
  "$context.error.message": ({ message }) => message,
  "$context.error.responseType": ({ type }) => type,
  "$context.extendedRequestId": ({ requestId }) => requestId,
  "$context.httpMethod": ({ httpMethod }) => httpMethod,
  "$context.path": ({ path }) => path,
  "$context.requestId": ({ requestId }) => requestId,
  "$context.stage": ({ stage }) => stage,
};

const variable = /\$[\w.]*/g;

/** The first unsupported variable of a template. */
export const unknownVariable = (template: string): string | undefined =>
  template.match(variable)?.find((name) => variables[name] === undefined);

const unnamed: GatewayResponse = { status: undefined, headers: {}, template: undefined };
const defaultTemplate = '{"message":$context.error.messageString}';

/**
 * Renders a gateway response: the template's definition for its type, else for its class (4XX,
 * 5XX), else AWS's default.
 */
export const renderGatewayResponse = (
  responses: GatewayResponses,
  error: GatewayErrorName,
  facts: RequestFacts,
): HttpReply => {
  const { type, status, message } = gatewayErrors[error];
  const response =
    responses.get(type) ?? responses.get(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX") ?? unnamed;
  const template = response.template ?? defaultTemplate;
  const body = template.replace(
    variable,
    (name) => variables[name]?.({ ...facts, message, type }) ?? "",
  );
  return {
    status: response.status ?? status,
    headers: [["Content-Type", "application/json"], ...Object.entries(response.headers)],
    body,
  };
};
