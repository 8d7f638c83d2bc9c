import type { ErrorReport } from "./runtime/messages.ts";

/** The function was invoked and failed: by an error, an exit or a timeout. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(`${report.errorType}: ${report.errorMessage}`);
    this.report = report;
  }
}

/** The invoked function is in no template. */
export class FunctionNotFound extends Error {
  override readonly name = "ResourceNotFoundException";

  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
  }
}

/** The function was not invoked because all of its environments are busy. */
export class ThrottledError extends Error {
  override readonly name = "TooManyRequestsException";
}

/**
 * The machine cannot start a thread for an environment now, for a reason that is not the
 * function's.
 */
export class EnvironmentStartError extends Error {
  override readonly name = "NotStarted";
}
