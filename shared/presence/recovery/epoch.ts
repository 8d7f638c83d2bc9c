import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Epochs } from "../session.ts";
import { epochFreshMs, lossReportMs } from "./limits.ts";

/** The epoch of the table of sessions, as a worker knows it. */
export interface KnownEpoch {
  /** The time since when the sessions are complete. */
  readonly startedAt: number;
  /** Whether this call read the row: all earlier activity belongs to this epoch. */
  readonly isRead: boolean;
  /** Whether the epoch has changed: sessions were lost since the worker's last read. */
  readonly hasChanged: boolean;
  /** Whether this worker knew another epoch before, and the new one is young: rows were deleted. */
  readonly wasLost: boolean;
}

/** Reads the epoch of this region's sessions, at most once in `epochFreshMs`. */
export const cachedEpoch = ({ epochs, now }: { epochs: Epochs; now: () => number }) => {
  let known: { readonly startedAt: number; readonly readAt: number } | undefined;
  return async (): Promise<KnownEpoch> => {
    const readAt = now();
    const freshUntil = (known?.readAt ?? Number.NEGATIVE_INFINITY) + epochFreshMs;
    if (known !== undefined && isUnexpired(freshUntil, { now: readAt, ms: epochFreshMs })) {
      return { startedAt: known.startedAt, isRead: false, hasChanged: false, wasLost: false };
    }
    const startedAt = (await epochs.find()) ?? (await epochs.begin(readAt));
    const hasChanged = known?.startedAt !== startedAt;
    const wasLost = hasChanged && known !== undefined && readAt - startedAt <= lossReportMs;
    known = { startedAt, readAt };
    return { startedAt, isRead: true, hasChanged, wasLost };
  };
};
