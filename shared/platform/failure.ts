interface FailureKind {
  readonly status: number;
  readonly retry: boolean;
  readonly exposesMessage?: true;
  /** What clients are told in place of the code. */
  readonly publicMessage?: string;
}

/** Every failure we plan for, and what the edges do with it. */
const failures = {
  invalid_request: { status: 400, retry: false },
  invalid_grant: { status: 400, retry: false },
  invalid_client: { status: 400, retry: false },
  unsupported_grant_type: { status: 400, retry: false },
  /** The OAuth client is a good one, and not for this grant. */
  unauthorized_client: { status: 400, retry: false },
  // 401 is for a bad token and for nothing else: Particle's clients log their user out when they
  // see it.
  invalid_token: { status: 401, retry: false },
  /** The password is right; a one-time password is needed too. */
  mfa_required: { status: 403, retry: false },
  /** A token that is limited to scopes lacks the one that is needed. */
  unauthorized: { status: 403, retry: false },
  /** Nobody may do this here: its owner has switched it off. */
  refused: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  already_exists: { status: 409, retry: false },
  limit_reached: { status: 409, retry: false },
  /** It removes something, and the request does not name what. */
  needs_confirmation: { status: 409, retry: false },
  /** It is to be enabled first. */
  integration_disabled: { status: 409, retry: false },
  /** It was changed by somebody else meanwhile. */
  conflict: { status: 409, retry: true },
  too_large: { status: 413, retry: false },
  too_many_requests: { status: 429, retry: true },
  device_not_claimable: { status: 403, retry: false },
  // Of calls, Particle's clients expect the sentence where other failures have their code. Of a
  // 404, particle-cli tells its user that there is no such function, whatever the body says.
  device_offline: { status: 408, retry: true, exposesMessage: true },
  device_timeout: { status: 408, retry: false, exposesMessage: true },
  // Particle's words for a device that is not there or not the caller's.
  device_not_callable: { status: 403, retry: false, publicMessage: "Permission Denied" },
  no_such_function: { status: 404, retry: false, exposesMessage: true },
  no_such_variable: { status: 404, retry: false, exposesMessage: true },
  // What goes wrong on a device is no fault of the API's, and 5xx replies of the API page.
  device_error: { status: 400, retry: false },
  target_refused: { status: 502, retry: false },
  target_unavailable: { status: 502, retry: true },
  /** This worker has no descriptors left: that says nothing about who was to be asked. */
  worker_exhausted: { status: 503, retry: true },
  unavailable: { status: 503, retry: true },
} as const satisfies Readonly<Record<string, FailureKind>>;

export type FailureCode = keyof typeof failures;

/**
 * A failure we planned for. Anything else that is thrown is a bug: HTTP answers 5xx, a queue tries
 * again.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  /** When it is worth another try, where that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** What the caller needs to go on: more members of the reply. */
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

  /** The HTTP status that says this. */
  get status(): number {
    return failures[this.code].status;
  }

  /** Whether the same may work later. */
  get retry(): boolean {
    return failures[this.code].retry;
  }

  /**
   * What clients are told in the field `error`: the code, or the sentence, or the words of
   * Particle's API.
   */
  get publicError(): string {
    const { exposesMessage, publicMessage }: FailureKind = failures[this.code];
    return exposesMessage === true ? this.message : (publicMessage ?? this.code);
  }
}
