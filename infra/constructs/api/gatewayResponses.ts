import { ResponseType } from "aws-cdk-lib/aws-apigateway";
import { bodyBytesMax } from "../../../shared/api/limits.ts";
import { imageBytesMax } from "../../../shared/firmware/limits.ts";

interface Reply {
  readonly types: readonly ResponseType[];
  /** Without it, the status of API Gateway is unchanged. */
  readonly status?: number;
  readonly error: string;
  readonly message: string;
  /** The header `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The API's rate limit, and the executions of its functions, have room again within a second. */
const busyRetrySeconds = 1;

/**
 * Responses of API Gateway without a function. Particle's clients log a user out on status 401 and
 * on some messages about tokens, so these responses use neither: only a function can tell that a
 * token is invalid.
 */
const replies: readonly Reply[] = [
  {
    // API Gateway authorizes only requests without a route: it reports a missing signature, or a
    // bearer token as an invalid signature. The second response has no type of its own.
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
    message: "There is no such route.",
  },
  {
    types: [ResponseType.BAD_REQUEST_BODY, ResponseType.BAD_REQUEST_PARAMETERS],
    status: 400,
    error: "invalid_request",
    message: "The request is not well formed.",
  },
  {
    types: [ResponseType.REQUEST_TOO_LARGE],
    status: 413,
    error: "too_large",
    message: `The request is too large. A body may have ${bodyBytesMax} bytes, an image of firmware ${imageBytesMax}.`,
  },
  {
    types: [ResponseType.UNSUPPORTED_MEDIA_TYPE],
    status: 415,
    error: "unsupported_media_type",
    message: "The content type is not supported.",
  },
  {
    types: [ResponseType.THROTTLED, ResponseType.QUOTA_EXCEEDED],
    status: 429,
    error: "too_many_requests",
    message: "Too many requests. Try again later.",
    retryAfterSeconds: busyRetrySeconds,
  },
  {
    types: [ResponseType.WAF_FILTERED],
    status: 403,
    error: "refused",
    message: "A filter in front of the API refused the request.",
  },
  {
    types: [ResponseType.INTEGRATION_TIMEOUT],
    status: 504,
    error: "timeout",
    message: "The request timed out. It is not known whether it was processed.",
  },
  {
    // Users report this type when Lambda throttles the function. It has other causes, too.
    types: [ResponseType.INTEGRATION_FAILURE],
    status: 503,
    error: "unavailable",
    message: "The API is busy. Try again later. It is not known whether the request was processed.",
    retryAfterSeconds: busyRetrySeconds,
  },
  {
    types: [
      ResponseType.API_CONFIGURATION_ERROR,
      ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
      ResponseType.AUTHORIZER_FAILURE,
      ResponseType.DEFAULT_5XX,
    ],
    error: "server_error",
    message: "Internal server error.",
  },
];

/** The response to every error of API Gateway, by type, in the JSON format of the API's errors. */
export const gatewayResponses = (): Record<string, object> =>
  Object.fromEntries(
    replies.flatMap(({ types, status, error, message, retryAfterSeconds }) => {
      const response = {
        ...(status !== undefined && { statusCode: String(status) }),
        responseParameters: {
          "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
          ...(retryAfterSeconds !== undefined && {
            "gatewayresponse.header.Retry-After": `'${retryAfterSeconds}'`,
          }),
        },
        responseTemplates: {
          "application/json": JSON.stringify({ ok: false, error, error_description: message }),
        },
      };
      return types.map((type) => [type.responseType, response]);
    }),
  );
