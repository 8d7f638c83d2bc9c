import { BoundedMap } from "../platform/boundedMap.ts";
import { openAttemptLeases } from "./attemptLeases.ts";
import type { AttemptQuota } from "./attemptQuota.ts";
import {
  type AttemptResult,
  type Circuit,
  openCircuit,
  record,
  release,
  slowCircuit,
  tryAcquire,
} from "./circuit.ts";
import { breakerOpenMsMin, breakersMax } from "./limits.ts";
import { secondOf, slowStartRate } from "./slowStart.ts";
import type { TargetHealth } from "./targetHealth.ts";

/** The circuit of other workers, from the row of the target's health. */
export type RemoteCircuit = Pick<TargetHealth, "openUntil" | "recovery">;

/**
 * The circuit breaker of a worker. The result of each permitted attempt must be recorded, or the
 * attempt released.
 */
export interface CircuitBreaker {
  /**
   * Permits an attempt (`undefined`), or returns the time until which it must wait, in milliseconds
   * since 1970. In slow start it asks the quota of the region. Never rejects.
   */
  tryAcquire(integration: string, now: number): number | undefined | Promise<number | undefined>;
  /** Releases a permitted attempt that was not made and says nothing about the target. */
  release(integration: string): void;
  /**
   * Records the result of an attempt. If it opens the circuit, returns the time until which it
   * stays open.
   */
  record(integration: string, result: AttemptResult, now: number): number | undefined;
  /** Applies the circuit of other workers. `undefined` if the target is healthy. */
  observeRemote(integration: string, remote: RemoteCircuit | undefined, now: number): void;
}

interface Reported {
  readonly before: RemoteCircuit | undefined;
  readonly remote: RemoteCircuit | undefined;
  readonly now: number;
}

interface Deps {
  /** Probes and the attempts in slow start count in it, over all workers of the region. */
  quota: AttemptQuota;
  /** Called on a non-fatal error: the quota is unavailable, so this worker decides alone. */
  onError: (what: "quota", error: unknown) => void;
}

/**
 * Creates a circuit breaker with one circuit per integration, never per host: see `circuit.ts`.
 * Held deliveries wait without using up attempts. A healthy integration costs one lookup.
 */
export const openCircuitBreaker = ({ quota, onError }: Deps): CircuitBreaker => {
  const circuits = new BoundedMap<string, Circuit>(breakersMax);
  const leases = openAttemptLeases(quota, (error) => onError("quota", error));
  /** The last circuits that other workers reported. */
  const remotes = new BoundedMap<string, RemoteCircuit>(breakersMax);
  const keep = (integration: string, circuit: Circuit | undefined): void => {
    if (circuit === undefined) return void circuits.delete(integration);
    circuits.set(integration, circuit);
  };
  const releaseCircuit = (integration: string): void => {
    const circuit = circuits.get(integration);
    if (circuit !== undefined) keep(integration, release(circuit));
  };
  const acquire = async (
    integration: string,
    circuit: Circuit,
    now: number,
  ): Promise<number | undefined> => {
    const { circuit: next, heldUntil, limit } = tryAcquire(circuit, now);
    keep(integration, next);
    if (limit === undefined || (await leases.take(integration, limit))) return heldUntil;
    releaseCircuit(integration);
    return (limit.second + 1) * 1_000;
  };
  return {
    tryAcquire(integration, now) {
      const circuit = circuits.get(integration);
      return circuit && acquire(integration, circuit, now);
    },

    release(integration) {
      leases.giveBack(integration);
      releaseCircuit(integration);
    },

    record(integration, result, now) {
      const before = circuits.get(integration);
      const after = record(before, result, now);
      if (after !== before) keep(integration, after);
      return after?.state === "open" && after !== before ? after.until : undefined;
    },

    observeRemote(integration, remote, now) {
      const before = remotes.get(integration);
      if (remote === undefined) remotes.delete(integration);
      else remotes.set(integration, remote);
      const circuit = circuits.get(integration);
      const after = afterRemote(circuit, { before, remote, now });
      if (after !== circuit) keep(integration, after);
    },
  };
};

/**
 * Returns the circuit after other workers have reported theirs. A worker that starts late follows
 * an open circuit and a slow start as well.
 */
const afterRemote = (
  circuit: Circuit | undefined,
  { before, remote, now }: Reported,
): Circuit | undefined => {
  const isOpen = circuit?.state === "open";
  const openUntil = remote?.openUntil;
  if (openUntil !== undefined) {
    if (openUntil === before?.openUntil) return circuit;
    // After the end of the open time, a worker without results of its own begins with a probe.
    const mustProbe = circuit === undefined || circuit.state === "closed";
    if (openUntil <= (isOpen ? circuit.until : now) && !mustProbe) return circuit;
    return openCircuit(openUntil, Math.max(openUntil - now, breakerOpenMsMin));
  }
  const { recovery } = remote ?? {};
  if (isOpen) {
    // Another worker's probe succeeded.
    const isClosed = circuit.until === before?.openUntil;
    const own = { recoveredAt: now, outageMs: circuit.openMs };
    return isClosed ? slowCircuit(recovery ?? own, circuit.openMs) : circuit;
  }
  if (recovery === undefined || recovery.recoveredAt === before?.recovery?.recoveredAt) {
    return circuit;
  }
  if (circuit?.state === "slow start") return { ...circuit, recovery };
  const isOver = slowStartRate(recovery, secondOf(now)) === undefined;
  return isOver ? circuit : slowCircuit(recovery, breakerOpenMsMin);
};
