import type { ErrorReport } from "./runtime/messages.ts";

/** An invocation that reached the function and failed there: by its own error, by its end, by its time-out. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(`${report.errorType}: ${report.errorMessage}`);
    this.report = report;
  }
}

/** An invocation of a function that no template has. */
export class FunctionNotFound extends Error {
  override readonly name = "ResourceNotFoundException";

  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
  }
}

/** An invocation that did not reach the function, because all the environments it may have are busy. */
export class ThrottledError extends Error {
  override readonly name = "TooManyRequestsException";
}

/** This machine cannot start a thread for an environment now. The function has nothing to do with it. */
export class EnvironmentStartError extends Error {
  override readonly name = "NotStarted";
}
