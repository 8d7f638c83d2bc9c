import { asError } from "../platform/asError.ts";
import { Failure } from "../platform/failure.ts";
import { lasts } from "../platform/lasts.ts";
import { healthFreshMs, healthMs } from "./limits.ts";

interface Checking {
  readonly region: string;
  readonly vitals: readonly Vital[];
  readonly now: () => number;
  /** Hears why a part counts as silent. */
  readonly onSilence: (what: string, error: Error) => void;
}

/**
 * Says that a region does its work, or fails with `unavailable` and the names of its parts that do not answer
 * within `healthMs`. Whoever asks within `healthFreshMs` is told the same.
 */
export const checkHealth = ({ region, vitals, now, onSilence }: Checking) => {
  let last: { readonly at: number; readonly silent: Promise<readonly string[]> } | undefined;
  return async (): Promise<{ readonly region: string }> => {
    if (last === undefined || !lasts(last.at + healthFreshMs, { now: now(), ms: healthFreshMs })) {
      last = { at: now(), silent: askAll(vitals, onSilence) };
    }
    const silent = await last.silent;
    if (silent.length === 0) return { region };
    throw new Failure(`${region}: no answer from ${silent.join(", ")}`, { code: "unavailable" });
  };
};

const askAll = async (
  vitals: readonly Vital[],
  onSilence: Checking["onSilence"],
): Promise<readonly string[]> => {
  const answers = await Promise.all(vitals.map((vital) => answersInTime(vital, onSilence)));
  return vitals.flatMap(({ name }, i) => (answers[i] ? [] : [name]));
};

const answersInTime = async (
  { name, ask }: Vital,
  onSilence: Checking["onSilence"],
): Promise<boolean> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${healthMs} ms`)),
    healthMs,
  );
  try {
    await Promise.race([ask(), late.promise]);
    return true;
  } catch (error) {
    onSilence(name, asError(error));
    return false;
  } finally {
    clearTimeout(timer);
  }
};

/** A part of this region that its users and devices cannot do without. */
export interface Vital {
  readonly name: string;
  /** Resolves when it answers, whatever it says. */
  ask(): Promise<void>;
}
