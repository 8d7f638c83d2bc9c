import { Failure } from "../../platform/failure.ts";
import { isRecord } from "../../platform/isRecord.ts";
import { hiddenSecret } from "../kind/kind.ts";

/**
 * Replaces `hiddenSecret` in the settings named `secrets` by the stored values. Fails with
 * `invalid_request` if nothing is stored, so that the mask never becomes a secret.
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

/** The message for a mask without a stored secret. */
export const hiddenSecretMessage = `was shown as ${hiddenSecret}: send the secret itself, or leave it out`;

/** Returns a member by name, ignoring case as in header names. */
const memberOf = (stored: unknown, name: string): unknown => {
  if (typeof stored !== "object" || stored === null) return undefined;
  const entries = Object.entries(stored);
  const exact = entries.find(([one]) => one === name);
  return (exact ?? entries.find(([one]) => one.toLowerCase() === name.toLowerCase()))?.[1];
};

/** Returns the names of settings without masks: the caller sent their secrets. */
export const explicitSettings = (settings: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(settings)
    .filter(([, value]) => !hasHiddenSecret(value))
    .map(([name]) => name);

/** Whether a value contains `hiddenSecret` at any depth. */
export const hasHiddenSecret = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some(hasHiddenSecret)
    : typeof value === "string" && value.includes(hiddenSecret);
