import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";

/**
 * Splits settings from secrets, which are encrypted: `{ ...shown, ...secrets }` is the integration.
 * In `shown`, `placeholder` replaces each secret text, so that the settings can be parsed without
 * secrets.
 */
export const splitSecrets = (
  integration: Integration,
  placeholder = "sealed",
): { shown: object; secrets?: object } => {
  const names: readonly string[] = [...kindOf(integration).secrets, "signing"];
  const entries = Object.entries(integration);
  const secrets = entries.filter(([name, value]) => names.includes(name) && value !== undefined);
  if (secrets.length === 0) return { shown: integration };
  const shown = entries.map(([name, value]) => [
    name,
    names.includes(name) ? replaceTexts(value, placeholder) : value,
  ]);
  return { shown: Object.fromEntries(shown), secrets: Object.fromEntries(secrets) };
};

const replaceTexts = (value: unknown, placeholder: string): unknown => {
  if (typeof value === "string") return placeholder;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, replaceTexts(inner, placeholder)]),
  );
};
