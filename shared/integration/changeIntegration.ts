import { Failure } from "../platform/failure.ts";
import { findIntegration } from "./findIntegration.ts";
import { integrationWritesMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

/**
 * Writes what `change` makes of an integration. When somebody else wrote it meanwhile, it is read and changed again: neither
 * undoes the other. Fails with `not_found`, also when it is removed meanwhile, and with `conflict` after `integrationWritesMax`.
 */
export const changeIntegration = async (
  { fleet, id }: Pick<Integration, "fleet" | "id">,
  change: (before: Integration) => Integration,
  { integrations }: { integrations: Pick<Integrations, "find" | "replace"> },
): Promise<Integration> => {
  for (let writes = 0; writes < integrationWritesMax; writes += 1) {
    const before = await findIntegration(fleet, id, { integrations });
    const next = { ...change(before), revision: (before.revision ?? 0) + 1 };
    if (await integrations.replace(next)) return next;
  }
  throw new Failure("the integration is being changed by somebody else", { code: "conflict" });
};

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

/** Takes an integration away. When it answers, no further event is matched. Fails with `not_found`. */
export const removeIntegration = async (
  fleet: string,
  id: string,
  {
    integrations,
    wait,
  }: { integrations: Pick<Integrations, "remove">; wait: (ms: number) => Promise<void> },
): Promise<void> => {
  const removed = await integrations.remove(fleet, id);
  if (!removed) throw new Failure("Integration not found", { code: "not_found" });
  await wait(integrationsFreshMs);
};
