import { targetTimeoutMs } from "../target/limits.ts";
import {
  breakerFailuresMin,
  breakerHangMs,
  breakerHangsMin,
  breakerHungOpenMsMin,
  breakerOpenMsMax,
  breakerOpenMsMin,
  breakerOverloadedMin,
  breakerSlowStartFailuresMin,
  breakerWindowAttempts,
  breakerWindowFailuresMin,
} from "./limits.ts";
import { type Recovery, secondOf, slowStartRate } from "./slowStart.ts";

/** Permits all attempts and counts failures. */
interface Closed {
  readonly state: "closed";
  /** Consecutive results. */
  readonly failures: number;
  readonly hangs: number;
  readonly overloaded: number;
  /** Results since the window began. */
  readonly window: { readonly attempts: number; readonly failures: number };
}

/** Permits nothing until a time, then one probe at a time. */
interface Open {
  readonly state: "open";
  readonly until: number;
  readonly openMs: number;
  readonly halfOpenUntil: number;
}

/** Permits a few attempts, then more and more: see `slowStartRate`. */
interface SlowStart {
  readonly state: "slow start";
  readonly openMs: number;
  /** Consecutive failures. */
  readonly failures: number;
  readonly recovery: Recovery;
}

/**
 * The circuit of an integration whose target fails. A healthy target has none. Times are in
 * milliseconds since 1970.
 */
export type Circuit = Closed | Open | SlowStart;

/** The result of an attempt. */
export interface AttemptResult {
  readonly failed: boolean;
  /** The target reported overload. */
  readonly overloaded: boolean;
  readonly tookMs: number;
  /** The time that the target requested by `Retry-After`. */
  readonly retryAt?: number | undefined;
}

const fresh: Closed = {
  state: "closed",
  failures: 0,
  hangs: 0,
  overloaded: 0,
  window: { attempts: 0, failures: 0 },
};

/** Creates an open circuit. */
export const openCircuit = (until: number, openMs: number): Circuit => ({
  state: "open",
  until,
  openMs,
  halfOpenUntil: until,
});

/** Creates a circuit in slow start: its target has begun to work again. */
export const slowCircuit = (recovery: Recovery, openMs: number): Circuit => ({
  state: "slow start",
  openMs,
  failures: 0,
  recovery,
});

/**
 * Whether a circuit permits an attempt:
 *
 * - `heldUntil`: no, the delivery must wait until this time
 * - `limit`: if the region has made fewer than `allowed` attempts in this second
 * - neither: yes
 */
interface Decision {
  readonly circuit: Circuit;
  readonly heldUntil?: number;
  readonly limit?: { readonly second: number; readonly allowed: number };
}

/** Decides about an attempt. A permitted probe is noted in the circuit. */
export const tryAcquire = (circuit: Circuit, now: number): Decision => {
  const second = secondOf(now);
  if (circuit.state === "closed") return { circuit };
  if (circuit.state === "open") {
    const heldUntil = Math.max(circuit.until, circuit.halfOpenUntil);
    if (now < heldUntil) return { circuit, heldUntil };
    const probed = { ...circuit, halfOpenUntil: now + targetTimeoutMs };
    return { circuit: probed, limit: { second, allowed: 1 } };
  }
  const allowed = slowStartRate(circuit.recovery, second);
  return allowed === undefined ? { circuit: fresh } : { circuit, limit: { second, allowed } };
};

/** Returns the circuit after an attempt that `tryAcquire` permitted was not made. */
export const release = (circuit: Circuit): Circuit =>
  circuit.state === "open" ? { ...circuit, halfOpenUntil: circuit.until } : circuit;

/** Returns the circuit after an attempt; `undefined` if the target is healthy. */
export const record = (
  circuit: Circuit | undefined,
  result: AttemptResult,
  now: number,
): Circuit | undefined => {
  switch (circuit?.state) {
    case "open":
      return recordWhenOpen(circuit, result, now);
    case "slow start":
      return recordInSlowStart(circuit, result, now);
    default:
      return recordWhenClosed(circuit, result, now);
  }
};

/** Ignores attempts that started before the circuit opened and end while it is open. */
const recordWhenOpen = (circuit: Open, result: AttemptResult, now: number): Circuit => {
  if (now < circuit.until) return circuit;
  if (result.failed) return reopen(circuit.openMs * 2, result, now);
  // The row of the target's health contains the length of the outage, and is read within a second.
  return slowCircuit({ recoveredAt: now, outageMs: circuit.openMs }, circuit.openMs);
};

const recordInSlowStart = (circuit: SlowStart, result: AttemptResult, now: number): Circuit => {
  if (!result.failed) return { ...circuit, failures: 0 };
  const failures = circuit.failures + 1;
  const shouldReopen =
    isHung(result) || result.overloaded || failures >= breakerSlowStartFailuresMin;
  return shouldReopen ? reopen(circuit.openMs * 2, result, now) : { ...circuit, failures };
};

const recordWhenClosed = (
  circuit: Closed | undefined,
  result: AttemptResult,
  now: number,
): Circuit | undefined => {
  if (circuit === undefined && !result.failed) return undefined;
  const { failures, hangs, overloaded, window } = circuit ?? fresh;
  const counted = {
    attempts: window.attempts + 1,
    failures: window.failures + (result.failed ? 1 : 0),
  };
  const next: Closed = {
    state: "closed",
    failures: result.failed ? failures + 1 : 0,
    hangs: isHung(result) ? hangs + 1 : 0,
    overloaded: result.overloaded ? overloaded + 1 : 0,
    window: counted,
  };
  if (shouldOpen(next) || isRateLimited(result)) return reopen(breakerOpenMsMin, result, now);
  if (counted.attempts < breakerWindowAttempts) return next;
  return counted.failures === 0 ? undefined : { ...next, window: fresh.window };
};

const isHung = ({ failed, tookMs }: AttemptResult): boolean => failed && tookMs >= breakerHangMs;

const isRateLimited = ({ overloaded, retryAt }: AttemptResult): boolean =>
  overloaded && retryAt !== undefined;

const shouldOpen = ({ failures, hangs, overloaded, window }: Closed): boolean =>
  failures >= breakerFailuresMin ||
  hangs >= breakerHangsMin ||
  overloaded >= breakerOverloadedMin ||
  (window.attempts >= breakerWindowAttempts && window.failures >= breakerWindowFailuresMin);

/** Opens the circuit, for as long as the target requested up to the maximum. */
const reopen = (openMs: number, result: AttemptResult, now: number): Circuit => {
  const asked = (result.retryAt ?? now) - now;
  const wanted = Math.max(openMs, isHung(result) ? breakerHungOpenMsMin : 0, asked);
  const ms = Math.min(wanted, breakerOpenMsMax);
  return openCircuit(now + ms, ms);
};
