import type { AcquiredSlot } from "./acquireStreamSlot.ts";
import { slotCheckMs } from "./limits.ts";

/**
 * Checks the slot of an open stream every `slotCheckMs` until the signal aborts. Calls `onLost`
 * once if the stream may not continue.
 */
export const watchSlot = (
  slot: Pick<AcquiredSlot, "mayContinue">,
  {
    wait,
    signal,
  }: { wait: (ms: number, signal: AbortSignal) => Promise<unknown>; signal: AbortSignal },
  onLost: () => void,
): void => {
  const check = async (): Promise<void> => {
    do await wait(slotCheckMs, signal);
    while (await slot.mayContinue());
    if (!signal.aborted) onLost();
  };
  // The wait rejects when the signal aborts.
  check().catch(() => {});
};
