import { downloadDelayMsMax, downloadsPerSecond } from "./limits.ts";

/** Returns the longest time that the next device waits before its download, in milliseconds. */
export type DownloadPace = (now: number) => number;

/**
 * Spreads the downloads that a worker offers over time: `downloadsPerSecond` at most, as long as
 * the longest delay suffices. A device chooses a random time up to its delay.
 */
export const downloadPace = (): DownloadPace => {
  let nextAt = 0;
  return (now) => {
    nextAt = Math.max(nextAt, now) + 1_000 / downloadsPerSecond;
    // Twice the time until its turn: on average a device waits for half of its delay.
    return Math.min(
      downloadDelayMsMax,
      Math.round(2 * (nextAt - now - 1_000 / downloadsPerSecond)),
    );
  };
};
