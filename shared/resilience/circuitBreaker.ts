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

/** What one worker knows of targets that fail. Each attempt that is let through must be reported. */
export interface CircuitBreaker {
  /** Until when an integration is not to be tried, in milliseconds since 1970; `undefined` when it may be tried. */
  tryAcquire(integration: string, now: number): number | undefined;
  /** An attempt that was let through was not made, and says nothing of the target. */
  release(integration: string): void;
  /** How an attempt ended. Answers until when the integration is to be left alone, when that is news. */
  record(integration: string, ended: AttemptResult, now: number): number | undefined;
  /** Until when another worker has found that it is to be left alone; `undefined` when none has, or not any more. */
  observeRemote(integration: string, openUntil: number | undefined, now: number): void;
}

/**
 * A circuit breaker for each integration, never for a host: see `circuit.ts`. What is held back waits and uses up
 * no attempt. An integration that works costs a look into an empty map.
 */
export const openCircuitBreaker = (): CircuitBreaker => {
  const circuits = new BoundedMap<string, Circuit>(breakersMax);
  /** Until when others said that an integration is to be left alone. */
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

    record(integration, ended, now) {
      const before = circuits.get(integration);
      const after = record(before, ended, now);
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
        // Whoever tried it has seen it work.
        keep(integration, slowCircuit(now, circuit.openMs));
      }
    },
  };
};
