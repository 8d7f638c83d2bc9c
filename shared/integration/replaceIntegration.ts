import { Failure } from "../failure.ts";
import { integrationsFreshMs } from "../limits.ts";
import type { Devices, Integrations } from "../ports.ts";
import { settingsOf } from "./addIntegration.ts";
import { findIntegration } from "./findIntegration.ts";
import { type Integration, integration as schema } from "./integration.ts";
import type { IntegrationInput } from "./integrationInput.ts";
import { kindOf } from "./kindOf.ts";

interface Needs {
  integrations: Pick<Integrations, "find" | "replace">;
  devices: Devices;
  wait: (ms: number) => Promise<void>;
}

/**
 * Gives an integration other settings, all of them: what is not given is as for a new one. It keeps its id,
 * when it was made, its product, the secret that it signs with, and, while it stays disabled, why it is. When it answers, every worker of the region goes by it; a delivery that waits is sent as
 * it says from then on. Fails with `not_found`.
 */
export const replaceIntegration = async (
  { fleet, id }: { fleet: string; id: string },
  input: IntegrationInput,
  { integrations, devices, wait }: Needs,
): Promise<Integration> => {
  const before = await findIntegration(fleet, id, { integrations });
  const settings = await settingsOf(fleet, input, { devices });
  const { createdAt, product, signing, disabledReason } = before;
  const integration = schema.parse({
    ...settings,
    id,
    fleet,
    product,
    createdAt,
    ...(kindOf(settings).signed && { signing }),
    ...(settings.disabled && { disabledReason }),
  });
  // It may have been removed meanwhile: then it must not come back.
  if (!(await integrations.replace(integration))) {
    throw new Failure("Integration not found", { code: "not_found" });
  }
  await wait(integrationsFreshMs);
  return integration;
};
