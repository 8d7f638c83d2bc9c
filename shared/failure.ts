/** Every failure we plan for, and what the edges do with it. */
const failures = {
  invalid_request: { status: 400, retry: false },
  invalid_grant: { status: 400, retry: false },
  invalid_client: { status: 400, retry: false },
  unsupported_grant_type: { status: 400, retry: false },
  /** The OAuth client is a good one, and not for this grant. */
  unauthorized_client: { status: 400, retry: false },
  // 401 is for a bad token and for nothing else: Particle's clients log their user out when they see it.
  invalid_token: { status: 401, retry: false },
  /** A token that is limited to scopes lacks the one that is needed. */
  unauthorized: { status: 403, retry: false },
  /** Nobody may do this here: its owner has switched it off. */
  refused: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  already_exists: { status: 409, retry: false },
  limit_reached: { status: 409, retry: false },
  too_large: { status: 413, retry: false },
  too_many_requests: { status: 429, retry: true },
  target_refused: { status: 502, retry: false },
  target_unavailable: { status: 502, retry: true },
  unavailable: { status: 503, retry: true },
} as const;

export type FailureCode = keyof typeof failures;

/** A failure we planned for. Anything else that is thrown is a bug: HTTP answers 5xx, a queue tries again. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  /** When it is worth another try, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    {
      code,
      cause,
      retryAfterSeconds,
    }: { code: FailureCode; cause?: unknown; retryAfterSeconds?: number },
  ) {
    super(message, { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The HTTP status that says this. */
  get status(): number {
    return failures[this.code].status;
  }

  /** Whether the same may work later. */
  get retry(): boolean {
    return failures[this.code].retry;
  }
}
