import type { Devices } from "../device/device.ts";
import { readInput } from "../input/readInput.ts";
import { Failure } from "../platform/failure.ts";
import { requireVersion, versionOfRevision } from "../platform/version.ts";
import { type ChangedIntegration, changeIntegration } from "./changeIntegration.ts";
import { type Changes, changedIntegration, mergedSettings } from "./draftIntegration.ts";
import { findIntegration } from "./findIntegration.ts";
import { changedInput } from "./integrationInput.ts";
import { signingSecret } from "./kind/webhookSignature.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";
import { type Replaced, replaceSettings } from "./replaceIntegration.ts";

interface Deps {
  readonly integrations: Pick<Integrations, "find" | "replace">;
  readonly devices: Devices;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Changes some settings of an integration and keeps the others, secrets included; `null` removes a
 * setting. Two requests that change different settings at once both take effect. Returns after
 * every worker of the region uses the new settings. Fails with `not_found`, with
 * `precondition_failed`, and with `invalid_request` when nothing is to be changed or the result is
 * not valid.
 */
export const patchIntegration = async (
  { fleet, id, expected }: ChangedIntegration,
  changes: Changes,
  { integrations, devices, now, wait }: Deps,
): Promise<Replaced> => {
  const seen = await findIntegration(fleet, id, { integrations });
  requireVersion(expected, versionOfRevision(seen));
  if (Object.keys(changes).length === 0) {
    throw new Failure("no settings to change were given", { code: "invalid_request" });
  }
  // Validates the result and resolves the device's name.
  const draft = await changedIntegration(seen, changes, { devices });
  const hasDevice = draft.deviceID !== seen.deviceID;
  const first = { secret: signingSecret() };
  const integration = await changeIntegration(
    { fleet, id, expected },
    (before) => {
      const whole = readInput(changedInput, mergedSettings(before, changes));
      const { integration_type: kind, ...chosen } = whole;
      const deviceID = hasDevice ? draft.deviceID : before.deviceID;
      const settings = { ...chosen, kind, name: chosen.name ?? before.name, deviceID };
      return replaceSettings(before, settings, { seen, first, now: now() });
    },
    { integrations },
  );
  await wait(integrationsFreshMs);
  return { integration, ...(integration.signing?.secret === first.secret && { signing: first }) };
};
