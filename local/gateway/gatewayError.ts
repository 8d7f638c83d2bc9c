/**
 * What API Gateway answers by itself: the type of the gateway response, its status unless the template has
 * another, and its words.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayErrors = {
  noRoute: {
    type: "MISSING_AUTHENTICATION_TOKEN",
    status: 403,
    message: "Missing Authentication Token",
  },
  // What is no HTTP. On AWS it does not come as far as API Gateway; what answers there is not documented.
  notHttp: { type: "BAD_REQUEST_BODY", status: 400, message: "Bad Request" },
  tooLarge: { type: "REQUEST_TOO_LARGE", status: 413, message: "Request Too Long" },
  // A request that does not arrive whole in time. Not documented either.
  tooSlow: { type: "DEFAULT_4XX", status: 408, message: "Request Timeout" },
  throttled: { type: "THROTTLED", status: 429, message: "Too Many Requests" },
  // A function that fails, or that answers what is no HTTP response. The type is not documented; 502 is.
  // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
  badAnswer: { type: "DEFAULT_5XX", status: 502, message: "Internal server error" },
  // A function that Lambda throttles. Not documented; users see 500 with this type.
  noEnvironment: { type: "INTEGRATION_FAILURE", status: 500, message: "Internal server error" },
  // On one machine alone.
  diskFull: {
    type: "DEFAULT_5XX",
    status: 503,
    message: "The disk of this cloud is full. Try again later.",
  },
  timeout: { type: "INTEGRATION_TIMEOUT", status: 504, message: "Endpoint request timed out" },
} as const;

export type GatewayErrorName = keyof typeof gatewayErrors;

/** A request that gets an answer of the gateway, not of a function. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly error: GatewayErrorName;

  constructor(error: GatewayErrorName, options?: ErrorOptions) {
    super(gatewayErrors[error].message, options);
    this.error = error;
  }
}
