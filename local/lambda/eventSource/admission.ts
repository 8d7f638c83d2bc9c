import { afterStep } from "../../platform/sharedTimer.ts";
import {
  admissionMs,
  admittedFraction,
  admittedMin,
  backlogMessagesMax,
  backlogMessagesMin,
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
  /** Events that may still be admitted in this interval. */
  let allowed = Number.POSITIVE_INFINITY;
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
    const isBehind =
      waiting > (allowed === Number.POSITIVE_INFINITY ? backlogMessagesMax : backlogMessagesMin);
    before = waiting;
    isMeasuring = admitted > 0 || held.length > 0;
    admitted = 0;
    allowed =
      isBehind && isBusy()
        ? Math.max(
            admittedMin,
            Math.floor(processed * (waiting > backlogMessagesMax ? admittedFraction : 1)),
          )
        : Number.POSITIVE_INFINITY;
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
      allowed = Number.POSITIVE_INFINITY;
      releaseHeld();
    },
  };
};
