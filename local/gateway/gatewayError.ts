/**
 * Responses that API Gateway generates itself: the gateway response type, its default status, and
 * its message.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayErrors = {
  noRoute: {
    type: "MISSING_AUTHENTICATION_TOKEN",
    status: 403,
    message: "Missing Authentication Token",
  },
  // Not HTTP. On AWS such a request does not reach API Gateway; the response there is not
  // documented.
  notHttp: { type: "BAD_REQUEST_BODY", status: 400, message: "Bad Request" },
  tooLarge: { type: "REQUEST_TOO_LARGE", status: 413, message: "Request Too Long" },
  // The request did not arrive completely in time. Not documented either.
  tooSlow: { type: "DEFAULT_4XX", status: 408, message: "Request Timeout" },
  throttled: { type: "THROTTLED", status: 429, message: "Too Many Requests" },
  // The function failed or returned an invalid response. The type is not documented; 502 is.
  // https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
  invalidResponse: { type: "DEFAULT_5XX", status: 502, message: "Internal server error" },
  // The function's policy does not let the API invoke it.
  notPermitted: {
    type: "API_CONFIGURATION_ERROR",
    status: 500,
    message: "Internal server error",
  },
  // Lambda throttled the function. Not documented; users report 500 with this type.
  lambdaThrottled: { type: "INTEGRATION_FAILURE", status: 500, message: "Internal server error" },
  // Only on one machine.
  diskFull: {
    type: "DEFAULT_5XX",
    status: 503,
    message: "The disk of this cloud is full. Try again later.",
  },
  timeout: { type: "INTEGRATION_TIMEOUT", status: 504, message: "Endpoint request timed out" },
} as const;

export type GatewayErrorName = keyof typeof gatewayErrors;

/** A request that the gateway answers itself. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly error: GatewayErrorName;

  constructor(error: GatewayErrorName, options?: ErrorOptions) {
    super(gatewayErrors[error].message, options);
    this.error = error;
  }
}
