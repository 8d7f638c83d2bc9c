import { setTimeout as wait } from "node:timers/promises";

/**
 * Calls `act` once for each number from 0 to `events` - 1 when it is due at a fixed rate. A slow
 * `act` does not reduce the rate: overdue numbers follow at once. Resolves after the last one.
 * `onTick` runs about once per millisecond with the number of events that were due. Number 0 is due
 * at `begun`, by `performance.now()`; by default now.
 */
export const pace = async (
  {
    events,
    rate,
    begun = performance.now(),
  }: { readonly events: number; readonly rate: number; readonly begun?: number },
  act: (seq: number, dueAtMs: number) => void,
  onTick?: (due: number) => void,
): Promise<void> => {
  const dueAt = (seq: number): number => begun + (seq * 1_000) / rate;
  for (let seq = 0; seq < events; ) {
    const now = performance.now();
    for (; seq < events && dueAt(seq) <= now; seq += 1) act(seq, dueAt(seq));
    onTick?.(seq);
    await wait(1);
  }
};
