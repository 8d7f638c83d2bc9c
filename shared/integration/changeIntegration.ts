import { Failure } from "../platform/failure.ts";
import {
  type ExpectedVersions,
  requireVersion,
  staleVersion,
  versionOfRevision,
} from "../platform/version.ts";
import { findIntegration } from "./findIntegration.ts";
import { integrationWritesMax } from "./limits.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

/** An integration, and the versions of it that a client accepts for a change. */
export interface ChangedIntegration extends Pick<Integration, "fleet" | "id"> {
  readonly expected?: ExpectedVersions;
}

/**
 * Applies a change to a stored integration. If another request changed it concurrently, reads it
 * and applies the change again, so that neither undoes the other. Fails with `not_found`, with
 * `precondition_failed`, and with `conflict` after `integrationWritesMax` attempts.
 */
export const changeIntegration = async (
  { fleet, id, expected }: ChangedIntegration,
  change: (before: Integration) => Integration,
  { integrations }: { integrations: Pick<Integrations, "find" | "replace"> },
): Promise<Integration> => {
  for (let writes = 0; writes < integrationWritesMax; writes += 1) {
    const before = await findIntegration(fleet, id, { integrations });
    requireVersion(expected, versionOfRevision(before));
    const next = { ...change(before), revision: (before.revision ?? 0) + 1 };
    if (await integrations.replace(next)) return next;
  }
  throw new Failure("another request is changing the integration", { code: "conflict" });
};

interface Deps {
  integrations: Pick<Integrations, "find" | "replace">;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Enables an integration that its owner or the cloud disabled. Other settings stay, including
 * secrets that the caller may not have. Its failures count from now on. Returns after every worker
 * of the region uses it. Fails with `not_found`.
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

/**
 * Removes an integration. Returns after no worker of the region matches it any more. Fails with
 * `not_found`, and with `precondition_failed`.
 */
export const removeIntegration = async (
  { fleet, id, expected }: ChangedIntegration,
  {
    integrations,
    wait,
  }: { integrations: Pick<Integrations, "find" | "remove">; wait: (ms: number) => Promise<void> },
): Promise<void> => {
  if (expected === undefined) {
    const removed = await integrations.remove(fleet, id);
    if (!removed) throw new Failure("Integration not found", { code: "not_found" });
  } else {
    const found = await findIntegration(fleet, id, { integrations });
    requireVersion(expected, versionOfRevision(found));
    if (!(await integrations.remove(fleet, id, found))) throw staleVersion();
  }
  await wait(integrationsFreshMs);
};
