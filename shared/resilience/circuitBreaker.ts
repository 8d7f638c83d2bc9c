import { BoundedMap } from "../platform/boundedMap.ts";
import {
  type AttemptResult,
  type Circuit,
  openCircuit,
  record,
  release,
  slowCircuit,
  tryAcquire,
} from "./circuit.ts";
import { breakersMax } from "./limits.ts";

/**
 * The circuit breaker of a worker. The result of each permitted attempt must be recorded, or the
 * attempt released.
 */
export interface CircuitBreaker {
  /**
   * Permits an attempt (`undefined`), or returns the time until which it must wait, in milliseconds
   * since 1970.
   */
  tryAcquire(integration: string, now: number): number | undefined;
  /** Releases a permitted attempt that was not made and says nothing about the target. */
  release(integration: string): void;
  /**
   * Records the result of an attempt. If it opens the circuit, returns the time until which it
   * stays open.
   */
  record(integration: string, result: AttemptResult, now: number): number | undefined;
  /** Applies the circuit of other workers: open until a time, or `undefined` if closed. */
  observeRemote(integration: string, openUntil: number | undefined, now: number): void;
}

/**
 * Creates a circuit breaker with one circuit per integration, never per host: see `circuit.ts`.
 * Held deliveries wait without using up attempts. A healthy integration costs one lookup.
 */
export const openCircuitBreaker = (): CircuitBreaker => {
  const circuits = new BoundedMap<string, Circuit>(breakersMax);
  /** Until when other workers reported a circuit open. */
  const remoteOpenUntil = new BoundedMap<string, number>(breakersMax);
  const keep = (integration: string, circuit: Circuit | undefined): void => {
    if (circuit === undefined) return void circuits.delete(integration);
    circuits.set(integration, circuit);
  };
  return {
    tryAcquire(integration, now) {
      const circuit = circuits.get(integration);
      if (circuit === undefined) return undefined;
      const acquired = tryAcquire(circuit, now);
      keep(integration, acquired.circuit);
      return acquired.heldUntil;
    },

    release(integration) {
      const circuit = circuits.get(integration);
      if (circuit !== undefined) keep(integration, release(circuit));
    },

    record(integration, result, now) {
      const before = circuits.get(integration);
      const after = record(before, result, now);
      if (after !== before) keep(integration, after);
      return after?.state === "open" && after !== before ? after.until : undefined;
    },

    observeRemote(integration, openUntil, now) {
      const before = remoteOpenUntil.get(integration);
      if (openUntil === before) return;
      if (openUntil === undefined) remoteOpenUntil.delete(integration);
      else remoteOpenUntil.set(integration, openUntil);
      const circuit = circuits.get(integration);
      const until = circuit?.state === "open" ? circuit.until : now;
      if (openUntil !== undefined && openUntil > until) {
        keep(integration, openCircuit(openUntil, openUntil - now));
      } else if (openUntil === undefined && circuit?.state === "open" && circuit.until === before) {
        // Another worker's probe succeeded.
        keep(integration, slowCircuit(now, circuit.openMs));
      }
    },
  };
};
