/** A failed request. The message is a sentence for the user, from the API where it has one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** 0 if there was no response. */
  readonly status: number;
  /** The `error` of the API, or `offline`. */
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  /** The whole body of the error. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    given: {
      status: number;
      code: string;
      retryAfterSeconds?: number | undefined;
      details?: Readonly<Record<string, unknown>>;
    },
  ) {
    super(message);
    this.status = given.status;
    this.code = given.code;
    this.retryAfterSeconds = given.retryAfterSeconds;
    this.details = given.details ?? {};
  }

  /** There is no network, or the API does not answer; a repeat may succeed. */
  get isOutage(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/**
 * What to do next, for the errors that have an obvious next step. The console repeats a request
 * that loads data, `isRepeated`, and never one that changes something.
 */
export const nextStep = (
  { code, status, retryAfterSeconds, isOutage }: ApiError,
  { isRepeated }: { readonly isRepeated: boolean },
): string | undefined => {
  if (retryAfterSeconds !== undefined) {
    return `Try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? "second" : "seconds"}.`;
  }
  if (!isOutage) return steps[code];
  const then = isRepeated ? "The console tries again by itself." : "If it is not done, repeat it.";
  return status === 0 ? `Check the network. ${then}` : then;
};

const steps: Readonly<Record<string, string>> = {
  not_found: "It may have been deleted, or it belongs to another fleet.",
  conflict: "Another request changed it at the same time. Load it again and repeat your change.",
  precondition_failed: "Someone else changed it meanwhile. Load it again and repeat your change.",
  unauthorized: "Your role does not include this. Ask an administrator of the product.",
  invalid_csrf_token: "You have signed in again, perhaps in another tab. Repeat what you did.",
  integration_disabled: "Enable the integration first.",
  limit_reached: "Remove something that you no longer need, then repeat.",
  already_exists: "Choose another name or number.",
  too_large: "Choose a smaller file.",
};

/** The text of any error for the user. */
export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
