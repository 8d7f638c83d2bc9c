import type { ErrorReport } from "./messages.ts";

/** An invocation that reached the function and failed there: by its own error, by its end, by its time-out. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(`${report.errorType}: ${report.errorMessage}`);
    this.report = report;
  }
}
