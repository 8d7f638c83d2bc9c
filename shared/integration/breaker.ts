import {
  breakerHangMs,
  breakerHangsMin,
  breakerOpenMsMax,
  breakerOpenMsMin,
  breakersMax,
  targetTimeoutMs,
} from "../limits.ts";

/** What one worker knows of targets that hang. Each attempt that is let through must be reported. */
export interface Breaker {
  /** Until when an integration is not to be tried, in milliseconds since 1970; `undefined` when it may be tried. */
  heldUntil(integration: string, now: number): number | undefined;
  /** How long an attempt took, and whether it failed. */
  report(
    integration: string,
    attempt: { readonly failed: boolean; readonly tookMs: number },
    now: number,
  ): void;
}

interface Hanging {
  hangs: number;
  openMs: number;
  openUntil: number;
  probedUntil: number;
}

/**
 * A circuit breaker for each integration, never for a host. A worker that waits for a target that hangs does
 * nothing else meanwhile: after `breakerHangsMin` attempts in a row that failed slowly, an integration is left
 * alone for a while, longer each time, and then tried by one delivery at a time. A target that fails fast
 * costs nobody's time and is not held back.
 */
export const openBreaker = (): Breaker => {
  const hanging = new Map<string, Hanging>();
  return {
    heldUntil(integration, now) {
      const known = hanging.get(integration);
      if (known === undefined || known.hangs < breakerHangsMin) return undefined;
      if (now < known.openUntil) return known.openUntil;
      if (now < known.probedUntil) return known.probedUntil;
      known.probedUntil = now + targetTimeoutMs;
      return undefined;
    },

    report(integration, { failed, tookMs }, now) {
      if (!failed || tookMs < breakerHangMs) {
        hanging.delete(integration);
        return;
      }
      const known = hanging.get(integration) ?? {
        hangs: 0,
        openMs: breakerOpenMsMin / 2,
        openUntil: 0,
        probedUntil: 0,
      };
      hanging.set(integration, known);
      const [oldest] = hanging.keys();
      if (hanging.size > breakersMax && oldest !== undefined) hanging.delete(oldest);
      known.hangs += 1;
      // Attempts that hung side by side say the same thing once.
      if (known.hangs < breakerHangsMin || now < known.openUntil) return;
      known.openMs = Math.min(known.openMs * 2, breakerOpenMsMax);
      known.openUntil = now + known.openMs;
    },
  };
};
