import { ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";

interface Reply {
  readonly types: readonly ResponseType[];
  /** Without one, API Gateway's own status stays. */
  readonly status?: number;
  readonly error: string;
  readonly says: string;
}

/**
 * What the API says when API Gateway answers without a function. Clients of Particle's API log a user out
 * on a 401 and on some wordings about tokens, so neither is used here: only a function knows bad tokens.
 */
const replies: readonly Reply[] = [
  {
    // No route asks API Gateway to authorize, so it only does for what is no route: it misses a
    // signature there, or takes a bearer token for a broken one. That last reply has no type of its own.
    types: [
      ResponseType.MISSING_AUTHENTICATION_TOKEN,
      ResponseType.INVALID_SIGNATURE,
      ResponseType.EXPIRED_TOKEN,
      ResponseType.UNAUTHORIZED,
      ResponseType.ACCESS_DENIED,
      ResponseType.INVALID_API_KEY,
      ResponseType.RESOURCE_NOT_FOUND,
      ResponseType.DEFAULT_4XX,
    ],
    status: 404,
    error: "not_found",
    says: "There is no such route.",
  },
  {
    types: [ResponseType.BAD_REQUEST_BODY, ResponseType.BAD_REQUEST_PARAMETERS],
    status: 400,
    error: "invalid_request",
    says: "The request is not well formed.",
  },
  {
    types: [ResponseType.REQUEST_TOO_LARGE],
    status: 413,
    error: "too_large",
    says: "The request is too large.",
  },
  {
    types: [ResponseType.UNSUPPORTED_MEDIA_TYPE],
    status: 415,
    error: "unsupported_media_type",
    says: "The content type is not supported.",
  },
  {
    types: [ResponseType.THROTTLED, ResponseType.QUOTA_EXCEEDED],
    status: 429,
    error: "too_many_requests",
    says: "Too many requests. Try again later.",
  },
  {
    types: [ResponseType.WAF_FILTERED],
    status: 403,
    error: "refused",
    says: "A filter in front of the API refused the request.",
  },
  {
    types: [ResponseType.INTEGRATION_TIMEOUT, ResponseType.INTEGRATION_FAILURE],
    status: 504,
    error: "timeout",
    says: "The answer took too long. It is not known whether the request was carried out.",
  },
  {
    types: [
      ResponseType.API_CONFIGURATION_ERROR,
      ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
      ResponseType.AUTHORIZER_FAILURE,
      ResponseType.DEFAULT_5XX,
    ],
    error: "server_error",
    says: "Something went wrong on the server.",
  },
];

/** Makes every error that API Gateway itself answers JSON in the shape of the API's own errors. */
export const gatewayResponses = (api: RestApi): void => {
  for (const { types, status, error, says } of replies) {
    const body = JSON.stringify({ ok: false, error, error_description: says });
    for (const type of types) {
      api.addGatewayResponse(type.responseType, {
        type,
        statusCode: status?.toString(),
        responseHeaders: { "Access-Control-Allow-Origin": "'*'" },
        templates: { "application/json": body },
      });
    }
  }
};
