import { emptyRecord, type LedgerRecord } from "../ledger/record.ts";
import { Failure, type FailureCode } from "../platform/failure.ts";
import type { CallRequest } from "./call.ts";

/** Failures before a call is sent. A call that is not sent is no data operation. */
const unsent: readonly FailureCode[] = ["device_offline", "too_many_requests", "unavailable"];

/** Whether a call was sent to its device, or may have been, by the error with which it failed. */
export const wasSent = (error: unknown): boolean =>
  error instanceof Failure && !unsent.includes(error.code);

interface MeteredCall {
  /** Unique. */
  readonly id: string;
  readonly fleet: string;
  readonly device: string;
  readonly question: CallRequest;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** The ledger's record of a call that was sent to its device: one data operation. */
export const recordOfCall = ({ id, fleet, device, question, at }: MeteredCall): LedgerRecord => {
  const kind = "function" in question ? "function" : "variable";
  const metered = { fleet, device, kind, kilobytes: 1 } as const;
  return { ...emptyRecord, plans: [{ event: id, acceptedAt: at, at, to: [], metered }] };
};
