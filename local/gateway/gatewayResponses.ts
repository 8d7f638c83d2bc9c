import { type GatewayErrorName, gatewayErrors } from "./gatewayError.ts";
import type { HttpReply } from "./httpReply.ts";

/** A gateway response of the template. */
export interface GatewayResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON with variables in it. */
  readonly template: string | undefined;
}

/** The gateway responses of an API, by type. */
export type GatewayResponses = ReadonlyMap<string, GatewayResponse>;

/** What a template may say of the request. */
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

/** The first variable of a template that cannot be filled in here. */
export const unknownVariable = (template: string): string | undefined =>
  template.match(variable)?.find((name) => variables[name] === undefined);

const unnamed: GatewayResponse = { status: undefined, headers: {}, template: undefined };
const defaultTemplate = '{"message":$context.error.messageString}';

/** The gateway's own answer, as the template has it: by its type, by its class, or as AWS has it. */
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
