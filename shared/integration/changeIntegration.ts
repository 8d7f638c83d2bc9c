import { Failure } from "../platform/failure.ts";
import { findIntegration } from "./findIntegration.ts";
import { integrationWritesMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";

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
