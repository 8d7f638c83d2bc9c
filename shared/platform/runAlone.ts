import { runLeaseMarginMs } from "./limits.ts";

/** A lease of one run of a scheduled function. */
export interface RunLease {
  /** The name of the function. */
  readonly name: string;
  /** The id of the run. */
  readonly run: string;
  /** When the lease ends, in milliseconds since 1970. */
  readonly until: number;
}

/** Leases of scheduled functions in this region. At most one run of each function holds one. */
export interface RunLeases {
  /** Returns whether no other run holds the lease at `now`, and this run holds it from now on. */
  acquire(lease: RunLease, now: number): Promise<boolean>;
  /** Ends a lease. Does nothing if another run holds it. */
  release(lease: RunLease): Promise<void>;
}

interface Deps {
  readonly leases: RunLeases;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onError: (error: unknown) => void;
}

interface Run {
  readonly name: string;
  /** The time-out of the function, which ends a run. */
  readonly lifeMs: number;
  /**
   * What happens while the leases do not respond: `run` for work that two runs may do at the same
   * time, `fail` for other work.
   */
  readonly withoutLease: "run" | "fail";
}

/**
 * Runs `work` unless another run of the same function is in progress, and returns whether it ran.
 * Lambda can start a function more often than once at a time: a schedule can fire twice, and a run
 * can take longer than the interval. The lease of a crashed run ends after the function's time-out
 * and `runLeaseMarginMs`.
 */
export const runAlone = async (
  { name, lifeMs, withoutLease }: Run,
  { leases, now, newId, onError }: Deps,
  work: () => Promise<void>,
): Promise<boolean> => {
  const startedAt = now();
  const lease = { name, run: newId(), until: startedAt + lifeMs + runLeaseMarginMs };
  let isHeld: boolean;
  try {
    isHeld = await leases.acquire(lease, startedAt);
  } catch (error) {
    if (withoutLease === "fail") throw error;
    onError(error);
    await work();
    return true;
  }
  if (!isHeld) return false;
  try {
    await work();
  } finally {
    await leases.release(lease).catch(onError);
  }
  return true;
};
