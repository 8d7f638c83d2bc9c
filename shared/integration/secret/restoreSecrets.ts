import { Failure } from "../../platform/failure.ts";
import { isRecord } from "../../platform/isRecord.ts";
import { hiddenSecret } from "../kind/kind.ts";

/**
 * Settings with the stored secrets where `hiddenSecret` stands in their place: in the settings that are `secrets`. Fails with
 * `invalid_request` where nothing is stored, so that what was shown never becomes a secret.
 */
export const restoreSecrets = (
  settings: object,
  { stored, secrets }: { stored: object; secrets: readonly string[] },
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secrets.includes(name) ? restore(value, memberOf(stored, name), name) : value,
    ]),
  );

const restore = (given: unknown, stored: unknown, path: string): unknown => {
  if (typeof given === "string" && given.includes(hiddenSecret)) {
    if (given === hiddenSecret && typeof stored === "string" && stored !== "") return stored;
    throw new Failure(`${path}: ${hiddenSecretMessage}`, { code: "invalid_request" });
  }
  if (!isRecord(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      restore(value, memberOf(stored, name), `${path}.${name}`),
    ]),
  );
};

/** What is said of a stand-in for which nothing is stored. */
export const hiddenSecretMessage = `was shown as ${hiddenSecret}: say what it is, or leave it out`;

/** A member whose name may differ in its case: names of headers do. */
const memberOf = (stored: unknown, name: string): unknown => {
  if (typeof stored !== "object" || stored === null) return undefined;
  const entries = Object.entries(stored);
  const exact = entries.find(([one]) => one === name);
  return (exact ?? entries.find(([one]) => one.toLowerCase() === name.toLowerCase()))?.[1];
};

/** The names of settings that hold no stand-in: those that somebody said in full. */
export const explicitSettings = (settings: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(settings)
    .filter(([, value]) => !hasHiddenSecret(value))
    .map(([name]) => name);

/** Whether `hiddenSecret` stands in a value, however deep. */
export const hasHiddenSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some(hasHiddenSecret)
    : typeof value === "string" && value.includes(hiddenSecret);
