import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Epochs } from "../session.ts";
import { epochFreshMs } from "./limits.ts";

/** The epoch of the table of sessions, as a worker knows it. */
export interface KnownEpoch {
  /** The time since when the sessions are complete. */
  readonly begun: number;
  /** Whether this call read the row: all earlier activity belongs to this epoch. */
  readonly isRead: boolean;
  /** Whether the epoch has changed: sessions were lost since the worker's last read. */
  readonly isOther: boolean;
}

/** Reads the epoch of this region's sessions, at most once in `epochFreshMs`. */
export const cachedEpoch = ({ epochs, now }: { epochs: Epochs; now: () => number }) => {
  let known: { readonly begun: number; readonly readAt: number } | undefined;
  return async (): Promise<KnownEpoch> => {
    const readAt = now();
    const freshUntil = (known?.readAt ?? Number.NEGATIVE_INFINITY) + epochFreshMs;
    if (known !== undefined && isUnexpired(freshUntil, { now: readAt, ms: epochFreshMs })) {
      return { begun: known.begun, isRead: false, isOther: false };
    }
    const begun = (await epochs.find()) ?? (await epochs.begin(readAt));
    const isOther = known?.begun !== begun;
    known = { begun, readAt };
    return { begun, isRead: true, isOther };
  };
};
