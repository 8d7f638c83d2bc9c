import { afterStep } from "../../platform/sharedTimer.ts";
import {
  admissionMs,
  admittedFraction,
  admittedMin,
  backlogMessagesMax,
  backlogMessagesMin,
  limitedMax,
  quietIntervalsMin,
} from "../limits.ts";

/** The load that decides about admission. */
export interface AdmissionLoad {
  /** Messages that wait for functions which compute, and not for functions which wait. */
  backlog(): number;
  /** Whether this machine, or a thread of functions, has nearly no processor time left. */
  isBusy(): boolean;
}

/**
 * Admits the events of devices at the rate at which this machine processes them.
 *
 * On AWS, more events start more workers. Here a queue would grow as long as devices publish more
 * than the processor can handle, and its memory with it. So while the processor is busy and many
 * messages wait, an event is admitted when another one has left the queues; until then, its device
 * gets no acknowledgement. A backlog that waits for slow targets, or for functions that are
 * stopped, delays no event.
 */
export interface Admission {
  /** Resolves when an event may enter its queue. `undefined`: it may do so at once. */
  admit(): Promise<void> | undefined;
  /** Admits all waiting events. */
  release(): void;
}

/** Creates an admission, which measures the load every `admissionMs` while events arrive. */
export const createAdmission = ({ backlog, isBusy }: AdmissionLoad): Admission => {
  /** Events that may be admitted in this interval, and how many of them still may. */
  let limit = Number.POSITIVE_INFINITY;
  let allowed = limit;
  let quietIntervals = 0;
  let admitted = 0;
  let before = 0;
  let isMeasuring = false;
  let held: (() => void)[] = [];

  const releaseHeld = (): void => {
    const count = Math.min(held.length, allowed);
    const due = held.slice(0, count);
    held = held.slice(count);
    allowed -= count;
    admitted += count;
    for (const release of due) release();
  };

  const measure = (): void => {
    const waiting = backlog();
    // What left the queues for good: an event that becomes a delivery still waits.
    const processed = Math.max(0, admitted + before - waiting);
    quietIntervals = isBusy() ? 0 : quietIntervals + 1;
    limit = nextLimit({ limit, waiting, processed, quietIntervals });
    allowed = limit;
    before = waiting;
    isMeasuring = admitted > 0 || held.length > 0 || Number.isFinite(limit);
    admitted = 0;
    if (isMeasuring) afterStep(admissionMs, measure);
    releaseHeld();
  };

  return {
    admit() {
      if (!isMeasuring) {
        isMeasuring = true;
        before = backlog();
        afterStep(admissionMs, measure);
      }
      if (allowed >= 1) {
        allowed -= 1;
        admitted += 1;
        return undefined;
      }
      return new Promise((resolve) => held.push(resolve));
    },
    release() {
      limit = Number.POSITIVE_INFINITY;
      allowed = limit;
      releaseHeld();
    },
  };
};

interface Interval {
  readonly limit: number;
  readonly waiting: number;
  readonly processed: number;
  /** Intervals since the last one in which the machine was busy. */
  readonly quietIntervals: number;
}

/**
 * The events of the next interval. A limit follows the processed events, and doubles while it is
 * not needed until there is none: during an overload the processor has short breaks, too, and all
 * held events at once would be an overload of their own.
 */
const nextLimit = ({ limit, waiting, processed, quietIntervals }: Interval): number => {
  const isLimited = Number.isFinite(limit);
  const isBehind = waiting > (isLimited ? backlogMessagesMin : backlogMessagesMax);
  if (isBehind && quietIntervals < (isLimited ? quietIntervalsMin : 1)) {
    const fraction = waiting > backlogMessagesMax ? admittedFraction : 1;
    return Math.max(admittedMin, Math.floor(processed * fraction));
  }
  return limit < limitedMax ? 2 * limit : Number.POSITIVE_INFINITY;
};
