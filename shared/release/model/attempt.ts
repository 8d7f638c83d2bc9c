import { answerMs, attemptPauseMs, attemptsMax } from "../limits.ts";
import type { Observations } from "./progress.ts";
import { isRepeatable, type UpdateError } from "./updateReport.ts";

/** The times and results of the attempts of a device, as all regions have observed them. */
export interface Attempts {
  /** The last offer. */
  readonly offeredAt: number | undefined;
  /** The last sign that the device works on the update. */
  readonly activeAt: number | undefined;
  /** The last failure. */
  readonly failed:
    | { readonly at: number; readonly error: UpdateError; readonly message?: string | undefined }
    | undefined;
  /** The number of attempts that have failed for a reason of the device. */
  readonly failures: number;
  /** No further attempt follows. */
  readonly isFinal: boolean;
  /** The device has accepted the update, and neither failed nor refused since. */
  readonly isInProgress: boolean;
}

/**
 * The attempts of a device. A failure that is reported twice between two offers is one attempt.
 * What the cloud refused (`unavailable`) is no attempt.
 */
export const attemptsOf = (seen: Observations): Attempts => {
  const { offers = [], failures: reported = [] } = seen;
  const failed = reported.at(-1);
  const attempts = new Set(reported.map(({ at }) => offers.filter((one) => one <= at).length));
  const isFinal =
    failed !== undefined && (!isRepeatable(failed.error) || attempts.size >= attemptsMax);
  const activeAt = latest(
    seen.accepted?.at,
    seen.downloading?.at,
    seen.verified?.at,
    seen.restarting?.at,
    seen.confirmed?.at,
  );
  const stoppedAt =
    latest(failed?.at, seen.deferred?.at, seen.vetoed?.at, seen.cancelled?.at) ?? -1;
  const isSent = (seen.unsent?.at ?? -1) < (seen.reserved?.at ?? -1);
  // A device may answer within the millisecond of the offer.
  return {
    offeredAt: latest(offers.at(-1), isSent ? seen.reserved?.at : undefined),
    activeAt,
    failed,
    failures: attempts.size,
    isFinal,
    isInProgress: activeAt !== undefined && activeAt > stoppedAt,
  };
};

/**
 * Whether the last offer of a device is over: it has refused, deferred or failed since, was told to
 * stop, or has not answered for long. It may have no slot of the window any more.
 */
export const hasAnswered = (seen: Observations, now: number): boolean => {
  const { offeredAt, failed } = attemptsOf(seen);
  if (offeredAt === undefined) return true;
  const answeredAt =
    latest(failed?.at, seen.deferred?.at, seen.vetoed?.at, seen.cancelled?.at) ?? -1;
  return answeredAt >= offeredAt || now >= offeredAt + answerMs;
};

/** The time from which on a device may try again. */
export const retryAt = ({ failed, failures }: Attempts): number =>
  failed === undefined ? 0 : failed.at + attemptPauseMs * 2 ** (failures - 1);

/** The latest of some times. */
export const latest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};
