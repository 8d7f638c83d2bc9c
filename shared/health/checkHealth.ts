import { asError } from "../platform/asError.ts";
import { Failure } from "../platform/failure.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { healthCacheMs, healthCheckMsMax } from "./limits.ts";

interface Deps {
  readonly region: string;
  readonly checks: readonly HealthCheck[];
  readonly now: () => number;
  /** Called with the error of each failed check. */
  readonly onUnhealthy: (name: string, error: Error) => void;
}

/**
 * Returns a function that checks the region's health. It fails with `unavailable` and the names of
 * the parts that do not respond within `healthCheckMsMax`. The result is cached for
 * `healthCacheMs`.
 */
export const checkHealth = ({ region, checks, now, onUnhealthy }: Deps) => {
  let last: { readonly at: number; readonly unhealthy: Promise<readonly string[]> } | undefined;
  return async (): Promise<{ readonly region: string }> => {
    if (
      last === undefined ||
      !isUnexpired(last.at + healthCacheMs, { now: now(), ms: healthCacheMs })
    ) {
      last = { at: now(), unhealthy: runAll(checks, onUnhealthy) };
    }
    const unhealthy = await last.unhealthy;
    if (unhealthy.length === 0) return { region };
    throw new Failure(`${region}: no response from ${unhealthy.join(", ")}`, {
      code: "unavailable",
    });
  };
};

const runAll = async (
  checks: readonly HealthCheck[],
  onUnhealthy: Deps["onUnhealthy"],
): Promise<readonly string[]> => {
  const results = await Promise.all(checks.map((check) => respondsInTime(check, onUnhealthy)));
  return checks.flatMap(({ name }, i) => (results[i] ? [] : [name]));
};

const respondsInTime = async (
  { name, check }: HealthCheck,
  onUnhealthy: Deps["onUnhealthy"],
): Promise<boolean> => {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`no response within ${healthCheckMsMax} ms`)),
    healthCheckMsMax,
  );
  try {
    await Promise.race([check(), timeout.promise]);
    return true;
  } catch (error) {
    onUnhealthy(name, asError(error));
    return false;
  } finally {
    clearTimeout(timer);
  }
};

/** Checks a part of this region that its users and devices depend on. */
export interface HealthCheck {
  readonly name: string;
  /** Resolves when the part responds. */
  check(): Promise<void>;
}
