import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Epochs } from "../session.ts";
import { epochFreshMs } from "./limits.ts";

/** What a worker knows of the table of sessions. */
export interface KnownEpoch {
  /** Since when the sessions are whole. */
  readonly begun: number;
  /** It was looked at just now: all that was heard before this look came while it was so. */
  readonly isRead: boolean;
  /** It is another one than this worker knew: sessions were lost since its last look. */
  readonly isOther: boolean;
}

/** Looks since when the sessions of this region are whole, at most once in `epochFreshMs`. */
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
