interface FailureKind {
  readonly status: number;
  readonly retry: boolean;
  readonly exposesMessage?: true;
  /** Text in responses in place of the code. */
  readonly publicMessage?: string;
}

/** All expected failures, with their HTTP status and whether a retry can succeed. */
const failures = {
  invalid_request: { status: 400, retry: false },
  invalid_grant: { status: 400, retry: false },
  invalid_client: { status: 400, retry: false },
  unsupported_grant_type: { status: 400, retry: false },
  /** The OAuth client is valid, but cannot use this grant type. */
  unauthorized_client: { status: 400, retry: false },
  // 401 only for an invalid token: Particle's clients log their user out on a 401.
  invalid_token: { status: 401, retry: false },
  /** The password is correct; a one-time password is also required. */
  mfa_required: { status: 403, retry: false },
  /** The token lacks the required scope. */
  unauthorized: { status: 403, retry: false },
  /** The deployment does not allow this operation. */
  refused: { status: 403, retry: false },
  /** A request with the cookie of a browser session that a page of another origin has sent. */
  cross_origin: { status: 403, retry: false },
  /** A request with the cookie of a browser session that lacks the CSRF token of the session. */
  invalid_csrf_token: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  already_exists: { status: 409, retry: false },
  limit_reached: { status: 409, retry: false },
  /** A destructive operation without a confirmation. */
  needs_confirmation: { status: 409, retry: false },
  /** The integration must be enabled first. */
  integration_disabled: { status: 409, retry: false },
  /** The resource was changed concurrently. */
  conflict: { status: 409, retry: true },
  /** `If-Match` names another version of the resource. */
  precondition_failed: { status: 412, retry: false },
  too_large: { status: 413, retry: false },
  too_many_requests: { status: 429, retry: true },
  device_not_claimable: { status: 403, retry: false },
  // For calls, Particle's clients expect a sentence where other failures have their code. On a 404,
  // particle-cli always reports that the function does not exist.
  device_offline: { status: 408, retry: true, exposesMessage: true },
  device_timeout: { status: 408, retry: false, exposesMessage: true },
  // Particle's text for a device that does not exist or belongs to another user.
  device_not_callable: { status: 403, retry: false, publicMessage: "Permission Denied" },
  no_such_function: { status: 404, retry: false, exposesMessage: true },
  no_such_variable: { status: 404, retry: false, exposesMessage: true },
  // An error on a device is not an error of the API, and 5xx replies trigger an alarm.
  device_error: { status: 400, retry: false },
  target_refused: { status: 502, retry: false },
  target_unavailable: { status: 502, retry: true },
  /** This worker has no file descriptors left, which is independent of the target. */
  worker_exhausted: { status: 503, retry: true },
  unavailable: { status: 503, retry: true },
} as const satisfies Readonly<Record<string, FailureKind>>;

export type FailureCode = keyof typeof failures;

/**
 * An expected failure. Any other thrown error is a bug: HTTP responds with 5xx, and a queue
 * retries.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  /** Time after which a retry may succeed, if known. */
  readonly retryAfterSeconds: number | undefined;
  /** Further fields of the response, which the client needs to continue. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    message: string,
    {
      code,
      cause,
      retryAfterSeconds,
      details = {},
    }: {
      code: FailureCode;
      cause?: unknown;
      retryAfterSeconds?: number;
      details?: Readonly<Record<string, string>>;
    },
  ) {
    super(message, { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.details = details;
  }

  /** The HTTP status. */
  get status(): number {
    return failures[this.code].status;
  }

  /** Whether a retry may succeed. */
  get retry(): boolean {
    return failures[this.code].retry;
  }

  /** The field `error` of a response: the code, the message, or the text of Particle's API. */
  get publicError(): string {
    const { exposesMessage, publicMessage }: FailureKind = failures[this.code];
    return exposesMessage === true ? this.message : (publicMessage ?? this.code);
  }
}
