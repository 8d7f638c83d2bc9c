import * as z from "zod/mini";
import type { Devices } from "../device/device.ts";
import { readInput } from "../input/readInput.ts";
import { resolveSettings } from "./addIntegration.ts";
import { bodySettings, settingName } from "./canonicalSettings.ts";
import { changedInput, type IntegrationInput } from "./integrationInput.ts";
import { hiddenSecret } from "./kind/kind.ts";
import { kindOf } from "./kind/kinds.ts";
import { type Integration, integration as schema } from "./model/integration.ts";
import { restoreSecrets } from "./secret/restoreSecrets.ts";

/** Changes of an integration's settings. `null` removes a setting. */
export const changesInput = z.record(z.string(), z.unknown());

export type Changes = z.output<typeof changesInput>;

/** Returns the settings with some changes, in the form of a request. */
export const mergedSettings = (stored: Integration, changes: Changes): Changes => {
  const { kind, id, fleet, product, signing, createdAt, ...rest } = stored;
  const { revision, enabledAt, disabledReason, ...settings } = rest;
  const bodies: readonly string[] = bodySettings;
  const changed = new Set(Object.keys(changes).map(settingName));
  const hasBody = bodies.some((name) => changed.has(name));
  const kept = Object.entries(settings).filter(
    ([name]) => !changed.has(name) && !(hasBody && bodies.includes(name)),
  );
  return { integration_type: kind, ...Object.fromEntries(kept), ...changes };
};

/** Returns an integration with some changes, without storing it. Fails with `invalid_request`. */
export const changedIntegration = async (
  stored: Integration,
  changes: Changes,
  deps: { devices: Devices },
): Promise<Integration> => {
  const { id, fleet, product, signing, createdAt } = stored;
  const whole = mergedSettings(stored, changes);
  const chosen = await resolveSettings(fleet, readInput(changedInput, whole), deps);
  const { secrets } = kindOf(chosen);
  const settled = restoreSecrets(chosen, { stored, secrets });
  return schema.parse({ ...settled, id, fleet, product, signing, createdAt });
};

/** Returns an integration that is not stored. */
export const draftIntegration = async (
  fleet: string,
  { product, ...input }: IntegrationInput & { readonly product?: number | undefined },
  { now, ...deps }: { devices: Devices; now: () => number },
): Promise<Integration> =>
  schema.parse({
    ...(await resolveSettings(fleet, input, deps)),
    id: "preview",
    fleet,
    product,
    ...(kindOf({ kind: input.integration_type }).signed && { signing: { secret: hiddenSecret } }),
    createdAt: new Date(now()).toISOString(),
  });
