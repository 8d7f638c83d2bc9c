import { targetTimeoutMs } from "../target/limits.ts";
import {
  breakerFailuresMin,
  breakerHangMs,
  breakerHangsMin,
  breakerHungOpenMsMin,
  breakerOpenMsMax,
  breakerOpenMsMin,
  breakerSlowedMin,
  breakerSlowStartAttemptsMax,
  breakerSlowStartFailuresMin,
  breakerSlowStartMs,
  breakerWindowAttempts,
  breakerWindowFailuresMin,
} from "./limits.ts";

/** It lets attempts through and counts how they end. */
interface Closed {
  readonly state: "closed";
  /** In a row. */
  readonly failures: number;
  readonly hangs: number;
  readonly slowed: number;
  /** Of the attempts since the window began. */
  readonly window: { readonly attempts: number; readonly failures: number };
}

/** It lets nothing through until a time, and then one attempt at a time. */
interface Open {
  readonly state: "open";
  readonly until: number;
  readonly openMs: number;
  readonly halfOpenUntil: number;
}

/** It lets through a few attempts, and then more and more. */
interface SlowStart {
  readonly state: "slow start";
  readonly openMs: number;
  readonly failures: number;
  /** How many attempts it lets through until a time, and how many it has. */
  readonly allowed: number;
  readonly used: number;
  readonly until: number;
}

/**
 * What a worker knows of an integration's target that fails. Of one that works there is none: it costs
 * nothing. Times are in milliseconds since 1970.
 */
export type Circuit = Closed | Open | SlowStart;

/** How an attempt ended. */
export interface AttemptResult {
  readonly failed: boolean;
  /** The target said that it gets too much. */
  readonly slowed: boolean;
  readonly tookMs: number;
  /** Until when it asked to be left alone. */
  readonly retryAt?: number | undefined;
}

const fresh: Closed = {
  state: "closed",
  failures: 0,
  hangs: 0,
  slowed: 0,
  window: { attempts: 0, failures: 0 },
};

/** A circuit that is open until a time. */
export const openCircuit = (until: number, openMs: number): Circuit => ({
  state: "open",
  until,
  openMs,
  halfOpenUntil: until,
});

/** A circuit whose target has begun to work again. */
export const slowCircuit = (now: number, openMs: number): Circuit => ({
  state: "slow start",
  openMs,
  failures: 0,
  allowed: 1,
  used: 0,
  until: now + breakerSlowStartMs,
});

/** Whether an attempt may be made: it is counted then; if not, until when it is held back. */
export const tryAcquire = (
  circuit: Circuit,
  now: number,
): { circuit: Circuit; heldUntil: number | undefined } => {
  if (circuit.state === "closed") return { circuit, heldUntil: undefined };
  if (circuit.state === "open") {
    const heldUntil = Math.max(circuit.until, circuit.halfOpenUntil);
    if (now < heldUntil) return { circuit, heldUntil };
    return { circuit: { ...circuit, halfOpenUntil: now + targetTimeoutMs }, heldUntil: undefined };
  }
  const window =
    now < circuit.until
      ? circuit
      : { ...circuit, allowed: circuit.allowed * 2, used: 0, until: now + breakerSlowStartMs };
  if (window.allowed > breakerSlowStartAttemptsMax) return { circuit: fresh, heldUntil: undefined };
  if (window.used >= window.allowed) return { circuit: window, heldUntil: window.until };
  return { circuit: { ...window, used: window.used + 1 }, heldUntil: undefined };
};

/** Gives back an attempt that `tryAcquire` let through and that was not made. */
export const release = (circuit: Circuit): Circuit => {
  if (circuit.state === "open") return { ...circuit, halfOpenUntil: circuit.until };
  if (circuit.state === "closed") return circuit;
  return { ...circuit, used: Math.max(0, circuit.used - 1) };
};

/** What is known after an attempt; `undefined` when there is nothing to remember. */
export const record = (
  circuit: Circuit | undefined,
  ended: AttemptResult,
  now: number,
): Circuit | undefined => {
  switch (circuit?.state) {
    case "open":
      return recordWhenOpen(circuit, ended, now);
    case "slow start":
      return recordInSlowStart(circuit, ended, now);
    default:
      return recordWhenClosed(circuit, ended, now);
  }
};

/** What began before it opened and ends while it is open says nothing new. */
const recordWhenOpen = (circuit: Open, ended: AttemptResult, now: number): Circuit => {
  if (now < circuit.until) return circuit;
  if (ended.failed) return reopen(circuit.openMs * 2, ended, now);
  return slowCircuit(now, circuit.openMs);
};

const recordInSlowStart = (circuit: SlowStart, ended: AttemptResult, now: number): Circuit => {
  if (!ended.failed) return { ...circuit, failures: 0 };
  const failures = circuit.failures + 1;
  const again = isHung(ended) || ended.slowed || failures >= breakerSlowStartFailuresMin;
  return again ? reopen(circuit.openMs * 2, ended, now) : { ...circuit, failures };
};

const recordWhenClosed = (
  circuit: Closed | undefined,
  ended: AttemptResult,
  now: number,
): Circuit | undefined => {
  if (circuit === undefined && !ended.failed) return undefined;
  const { failures, hangs, slowed, window } = circuit ?? fresh;
  const counted = {
    attempts: window.attempts + 1,
    failures: window.failures + (ended.failed ? 1 : 0),
  };
  const next: Closed = {
    state: "closed",
    failures: ended.failed ? failures + 1 : 0,
    hangs: isHung(ended) ? hangs + 1 : 0,
    slowed: ended.slowed ? slowed + 1 : 0,
    window: counted,
  };
  if (shouldOpen(next) || isRateLimited(ended)) return reopen(breakerOpenMsMin, ended, now);
  if (counted.attempts < breakerWindowAttempts) return next;
  return counted.failures === 0 ? undefined : { ...next, window: fresh.window };
};

const isHung = ({ failed, tookMs }: AttemptResult): boolean => failed && tookMs >= breakerHangMs;

const isRateLimited = ({ slowed, retryAt }: AttemptResult): boolean =>
  slowed && retryAt !== undefined;

const shouldOpen = ({ failures, hangs, slowed, window }: Closed): boolean =>
  failures >= breakerFailuresMin ||
  hangs >= breakerHangsMin ||
  slowed >= breakerSlowedMin ||
  (window.attempts >= breakerWindowAttempts && window.failures >= breakerWindowFailuresMin);

/** A target that asks for a longer time gets it, up to the longest. */
const reopen = (openMs: number, ended: AttemptResult, now: number): Circuit => {
  const asked = (ended.retryAt ?? now) - now;
  const wanted = Math.max(openMs, isHung(ended) ? breakerHungOpenMsMin : 0, asked);
  const ms = Math.min(wanted, breakerOpenMsMax);
  return openCircuit(now + ms, ms);
};
