import { readInput } from "../input/readInput.ts";
import { addIntegration } from "./addIntegration.ts";
import { type Changes, mergedSettings } from "./draftIntegration.ts";
import { findIntegration } from "./findIntegration.ts";
import { integrationInput } from "./integrationInput.ts";
import { integrationNameCharsMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";

const suffix = " (copy)";

/**
 * Creates an integration with the settings and secrets of another one, some changes, and its own id
 * and signing secret. It is disabled by default, because two equal integrations would both send.
 * Fails with `not_found`, `invalid_request` and `limit_reached`.
 */
export const cloneIntegration = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  changes: Changes,
  deps: Parameters<typeof addIntegration>[2],
): Promise<Integration> => {
  const original = await findIntegration(fleet, id, deps);
  const name = `${original.name.slice(0, integrationNameCharsMax - suffix.length)}${suffix}`;
  const settings = readInput(
    integrationInput,
    mergedSettings(original, { name, disabled: true, ...changes }),
  );
  return addIntegration(fleet, { ...settings, product: original.product }, deps);
};
