import { dayMs } from "../platform/durations.ts";
import type { LedgerMinute, LedgerRows } from "./ports.ts";
import { rangeOf, type Series, type Wanted } from "./readSeries.ts";

/** A delivery is open for at most so long: the attempts of about 75 hours, and their holds. */
const openMsMax = 4 * dayMs;

/**
 * The backlog of an integration by time: the deliveries that had no final outcome at the end of
 * each step. Deliveries that wait now are exact. The ledger has no time for each outcome, but for
 * each minute of acceptance how many deliveries were late or dead and the time of the last outcome:
 * they are spread evenly until then. Missing deliveries are not in the backlog. Reads the rows of
 * `readSeries`, and those of four days before. Fails with `invalid_request` as it does.
 */
export const readBacklog = async (
  integration: string,
  wanted: Wanted,
  { rows, now }: { rows: Pick<LedgerRows, "minutes">; now: () => number },
): Promise<Series> => {
  const { step, from, to } = rangeOf(wanted, now());
  const stepMs = step * 1_000;
  const steps = Math.ceil((to - from) / stepMs);
  const minutes = await rows.minutes(integration, { from: from - openMsMax, to });
  const ends = Array.from({ length: steps }, (_, i) => Math.min(from + (i + 1) * stepMs, to));
  // From the step in which they were accepted, deliveries that wait are in every step.
  const waitingFrom = Array<number>(steps).fill(0);
  const settling = Array<number>(steps).fill(0);
  for (const minute of minutes) {
    const first = Math.max(0, Math.floor((minute.at - from) / stepMs));
    waitingFrom[first] = (waitingFrom[first] ?? 0) + minute.counts.waiting;
    for (let i = first; i < steps; i += 1) {
      const open = openAt(minute, ends[i] ?? to);
      if (open === 0) break;
      settling[i] = (settling[i] ?? 0) + open;
    }
  }
  let waiting = 0;
  const points = settling.map((open, i) => {
    waiting += waitingFrom[i] ?? 0;
    return [from / 1_000 + i * step, waiting + Math.ceil(open)];
  });
  return { step, names: ["backlog"], points };
};

/** The deliveries of a minute that had an outcome since, and none at a time. */
const openAt = ({ at, counts, late, settledAt }: LedgerMinute, time: number): number =>
  settledAt <= time ? 0 : ((late + counts.dead) * (settledAt - time)) / (settledAt - at);
