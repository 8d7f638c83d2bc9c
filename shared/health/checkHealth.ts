import { asError } from "../platform/asError.ts";
import { Failure } from "../platform/failure.ts";
import { isUnexpired } from "../platform/isUnexpired.ts";
import { healthCacheMs, healthCheckMsMax } from "./limits.ts";

interface Checking {
  readonly region: string;
  readonly checks: readonly HealthCheck[];
  readonly now: () => number;
  /** Hears why a part counts as silent. */
  readonly onUnhealthy: (what: string, error: Error) => void;
}

/**
 * Says that a region does its work, or fails with `unavailable` and the names of its parts that do not answer
 * within `healthCheckMsMax`. Whoever asks within `healthCacheMs` is told the same.
 */
export const checkHealth = ({ region, checks, now, onUnhealthy }: Checking) => {
  let last: { readonly at: number; readonly silent: Promise<readonly string[]> } | undefined;
  return async (): Promise<{ readonly region: string }> => {
    if (
      last === undefined ||
      !isUnexpired(last.at + healthCacheMs, { now: now(), ms: healthCacheMs })
    ) {
      last = { at: now(), silent: askAll(checks, onUnhealthy) };
    }
    const silent = await last.silent;
    if (silent.length === 0) return { region };
    throw new Failure(`${region}: no answer from ${silent.join(", ")}`, { code: "unavailable" });
  };
};

const askAll = async (
  checks: readonly HealthCheck[],
  onUnhealthy: Checking["onUnhealthy"],
): Promise<readonly string[]> => {
  const answers = await Promise.all(checks.map((vital) => answersInTime(vital, onUnhealthy)));
  return checks.flatMap(({ name }, i) => (answers[i] ? [] : [name]));
};

const answersInTime = async (
  { name, check }: HealthCheck,
  onUnhealthy: Checking["onUnhealthy"],
): Promise<boolean> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${healthCheckMsMax} ms`)),
    healthCheckMsMax,
  );
  try {
    await Promise.race([check(), late.promise]);
    return true;
  } catch (error) {
    onUnhealthy(name, asError(error));
    return false;
  } finally {
    clearTimeout(timer);
  }
};

/** A part of this region that its users and devices cannot do without. */
export interface HealthCheck {
  readonly name: string;
  /** Resolves when it answers, whatever it says. */
  check(): Promise<void>;
}
