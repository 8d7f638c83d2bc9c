import type { Devices } from "../device/devices.ts";
import { resolveSettings } from "./addIntegration.ts";
import { changeIntegration } from "./changeIntegration.ts";
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

/** What an integration has become, and the secret that it signs with when it has just got its first one. */
export interface Replaced {
  readonly integration: Integration;
  readonly signing?: Signing;
}

/**
 * Gives an integration other settings, all of them: what is not given is as for a new one. It keeps its id,
 * when it was made, its product, the secret that it signs with, and, while it stays disabled, why it is. One whose kind begins to sign
 * gets a secret. A secret that is given as it was shown stays as it is. One that is enabled again says when: its failures count from then on. The cloud may disable it at the same moment: it stays
 * disabled then, until its owner, who has seen that, writes again. When it answers, every worker of the region goes by it;
 * a delivery that waits is sent as it says from then on. Fails with `not_found`.
 */
export const replaceIntegration = async (
  { fleet, id }: { fleet: string; id: string },
  input: IntegrationInput,
  { integrations, devices, now, wait }: Deps,
): Promise<Replaced> => {
  const seen = await findIntegration(fleet, id, { integrations });
  const settings = await resolveSettings(fleet, input, { devices });
  const first = { secret: signingSecret() };
  const integration = await changeIntegration(
    { fleet, id },
    (before) => replaceSettings(before, settings, { seen, first, now: now() }),
    { integrations },
  );
  await wait(integrationsFreshMs);
  return { integration, ...(integration.signing?.secret === first.secret && { signing: first }) };
};

/** An integration with other settings, and what it keeps whatever they are. `seen` is what its owner had before them. */
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
