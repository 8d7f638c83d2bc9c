import { changeIntegration } from "./changeIntegration.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

interface Deps {
  integrations: Pick<Integrations, "find" | "replace">;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Enables an integration again, whoever disabled it and why, and leaves the rest of it as it is, secrets that nobody
 * has at hand among it. Its failures count from now on. One that is enabled stays as it is. When it answers, every worker
 * of the region goes by it. Fails with `not_found`.
 */
export const enableIntegration = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  { integrations, now, wait }: Deps,
): Promise<Integration> => {
  const enable = ({ disabledReason: _, ...before }: Integration): Integration =>
    before.disabled ? { ...before, disabled: false, enabledAt: now() } : before;
  const enabled = await changeIntegration({ fleet, id }, enable, { integrations });
  await wait(integrationsFreshMs);
  return enabled;
};
