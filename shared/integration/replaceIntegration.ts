import type { Devices } from "../device/device.ts";
import { requireVersion, versionOfRevision } from "../platform/version.ts";
import { resolveSettings } from "./addIntegration.ts";
import { type ChangedIntegration, changeIntegration } from "./changeIntegration.ts";
import { findIntegration } from "./findIntegration.ts";
import type { IntegrationInput } from "./integrationInput.ts";
import type { Signing } from "./kind/kind.ts";
import { kindOf } from "./kind/kinds.ts";
import { signingSecret } from "./kind/webhookSignature.ts";
import { type Integration, integration as schema } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";
import { restoreSecrets } from "./secret/restoreSecrets.ts";

interface Deps {
  integrations: Pick<Integrations, "find" | "replace">;
  devices: Devices;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/** The changed integration, and its signing secret if this change created the first one. */
export interface Replaced {
  readonly integration: Integration;
  readonly signing?: Signing;
}

/**
 * Replaces all settings of an integration; omitted ones get their defaults.
 *
 * - Kept: id, creation time, product, signing secret, masked secrets, and the reason for which it
 *   is disabled while it stays disabled.
 * - A kind that becomes signed gets a signing secret.
 * - Enabling it resets its failure count. If the cloud disables it concurrently, it stays disabled
 *   until its owner, who has seen that, writes again.
 *
 * Returns after every worker of the region uses the new settings, also for waiting deliveries.
 * Fails with `not_found` and `precondition_failed`.
 */
export const replaceIntegration = async (
  { fleet, id, expected }: ChangedIntegration,
  input: IntegrationInput,
  { integrations, devices, now, wait }: Deps,
): Promise<Replaced> => {
  const seen = await findIntegration(fleet, id, { integrations });
  requireVersion(expected, versionOfRevision(seen));
  const settings = await resolveSettings(fleet, input, { devices });
  const first = { secret: signingSecret() };
  const integration = await changeIntegration(
    { fleet, id, expected },
    (before) => replaceSettings(before, settings, { seen, first, now: now() }),
    { integrations },
  );
  await wait(integrationsFreshMs);
  return { integration, ...(integration.signing?.secret === first.secret && { signing: first }) };
};

/**
 * Returns an integration with new settings and the fields that it keeps. `seen` is the integration
 * that its owner changed.
 */
export const replaceSettings = (
  before: Integration,
  settings: Awaited<ReturnType<typeof resolveSettings>>,
  { seen, first, now }: { seen: Integration; first: Signing; now: number },
): Integration => {
  const { id, fleet, createdAt, product, disabledReason } = before;
  const isNews = disabledReason !== undefined && seen.disabledReason === undefined;
  const disabled = settings.disabled || isNews;
  const enabledAt = before.disabled && !disabled ? now : before.enabledAt;
  const signing = kindOf(before).signed ? before.signing : first;
  const { secrets, signed } = kindOf(settings);
  const whole = restoreSecrets(settings, { stored: before, secrets });
  return schema.parse({
    ...{ ...whole, id, fleet, product, createdAt, disabled, enabledAt },
    ...(signed && { signing }),
    ...(disabled && { disabledReason }),
  });
};
