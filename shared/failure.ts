/** Every failure we plan for, and what the edges do with it. */
const failures = {
  invalid_request: { status: 400, retry: false },
  invalid_grant: { status: 400, retry: false },
  invalid_client: { status: 400, retry: false },
  unsupported_grant_type: { status: 400, retry: false },
  // 401 is for a bad token and for nothing else: Particle's clients log their user out when they see it.
  invalid_token: { status: 401, retry: false },
  /** A token that is limited to scopes lacks the one that is needed. */
  unauthorized: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  already_exists: { status: 409, retry: false },
  limit_reached: { status: 409, retry: false },
  too_large: { status: 413, retry: false },
  target_refused: { status: 502, retry: false },
  target_unavailable: { status: 502, retry: true },
  unavailable: { status: 503, retry: true },
} as const;

export type FailureCode = keyof typeof failures;

/** A failure we planned for. Anything else that is thrown is a bug: HTTP answers 5xx, a queue tries again. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;

  constructor(message: string, { code, cause }: { code: FailureCode; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
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
