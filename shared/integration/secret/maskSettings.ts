import { isRecord } from "../../platform/isRecord.ts";
import { hiddenSecret } from "../kind/kind.ts";
import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";
import { isSecretField } from "./isSecretField.ts";

/**
 * Returns an integration's settings for display: each secret is replaced by `hiddenSecret`. When
 * they are sent back, `restoreSecrets` restores the secrets.
 */
export const maskSettings = (integration: Integration): Readonly<Record<string, unknown>> => {
  const { signing: _, ...settings } = integration;
  const secrets: readonly string[] = kindOf(integration).secrets;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secrets.includes(name) ? maskSetting(name, value) : value,
    ]),
  );
};

const maskSetting = (name: string, value: unknown): unknown => {
  if (!isRecord(value)) return value === undefined ? undefined : hiddenSecret;
  return Object.fromEntries(
    Object.entries(value).map(([field, text]) => [
      field,
      typeof text === "string" && isHidden(name, field, { text, value }) ? hiddenSecret : text,
    ]),
  );
};

/** Fields of secrets that are shown because they identify the secret. */
const shownFields: ReadonlySet<string> = new Set([
  "username",
  "key_name",
  "client_email",
  "private_key_id",
]);

const isHidden = (
  setting: string,
  field: string,
  { text, value }: { text: string; value: Readonly<Record<string, unknown>> },
): boolean => {
  if (text === "") return false;
  if (setting === "headers") return isSecretField(field, text);
  // A user name without a password is an API key.
  return !shownFields.has(field) || (field === "username" && value.password === "");
};
