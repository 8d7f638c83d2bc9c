import { randomBytes } from "node:crypto";
import type { Devices } from "../../device/device.ts";
import { findDevice } from "../../device/findDevice.ts";
import { validationFailure } from "../../input/readInput.ts";
import { findIntegration } from "../../integration/findIntegration.ts";
import type { IntegrationMatcher } from "../../integration/model/integration.ts";
import { integrationsFreshMs } from "../../integration/model/limits.ts";
import { usageLimitsPerFleetMax } from "../../limit/limits.ts";
import type { UsageLimit, UsageLimits } from "../../limit/usageLimit.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import {
  type ExpectedVersions,
  requireVersion,
  staleVersion,
  versionOfRevision,
} from "../../platform/version.ts";

interface Deps {
  readonly limits: UsageLimits;
  readonly devices: Devices;
  readonly integrations: {
    find(fleet: string, id: string): Promise<IntegrationMatcher | undefined>;
  };
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** The settings of a new limit. */
export interface NewLimit extends Pick<UsageLimit, "scope" | "period" | "limit" | "action"> {
  /** The id or name of the device, or the id of the integration. */
  readonly target?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * Creates a limit. It is in force after its first check. Fails with `limit_reached`, with
 * `not_found` if the fleet lacks the device or the integration, and with `invalid_request` for a
 * target that does not fit the scope, or the scope `product` outside of a product.
 */
export const addLimit = async (
  { fleet, owner }: { fleet: string; owner: NonNullable<UsageLimit["owner"]> },
  { scope, target, period, limit, action, name }: NewLimit,
  deps: Deps,
): Promise<UsageLimit> => {
  if (scope === "product" && owner.product === undefined) {
    throw validationFailure(["scope: a limit of a product is set at /v1/products/ID/usage/limits"]);
  }
  const found = await resolveTarget(fleet, { scope, target }, deps);
  const { limits: others } = await deps.limits.ofFleet(fleet);
  if (others.length >= usageLimitsPerFleetMax) {
    throw new Failure(`a fleet has at most ${usageLimitsPerFleetMax} limits of usage`, {
      code: "limit_reached",
    });
  }
  const added: UsageLimit = {
    id: randomBytes(8).toString("hex"),
    fleet,
    scope,
    period,
    limit,
    action,
    owner,
    createdAt: deps.now(),
    revision: 0,
    ...omitUndefined({ target: found, name }),
  };
  await deps.limits.add(added);
  await deps.wait(integrationsFreshMs);
  return added;
};

const resolveTarget = async (
  fleet: string,
  { scope, target }: Pick<NewLimit, "scope" | "target">,
  { devices, integrations }: Deps,
): Promise<string | undefined> => {
  const isOfFleet = scope === "fleet" || scope === "product";
  if (isOfFleet && target !== undefined) {
    throw validationFailure([`target: cannot be combined with scope ${scope}`]);
  }
  if (isOfFleet) return undefined;
  if (target === undefined) {
    throw validationFailure([`target: the id of the ${scope} is required with scope ${scope}`]);
  }
  if (scope === "integration") return (await findIntegration(fleet, target, { integrations })).id;
  return (await findDevice(fleet, target, { devices })).id;
};

/** A limit of a fleet. Fails with `not_found`. */
export const findLimit = async (
  fleet: string,
  id: string,
  { limits }: { limits: Pick<UsageLimits, "ofFleet"> },
): Promise<UsageLimit> => {
  const found = (await limits.ofFleet(fleet)).limits.find((one) => one.id === id);
  if (found === undefined) throw new Failure("Usage limit not found", { code: "not_found" });
  return found;
};

/** A limit, and the versions of it that a client accepts for a change. */
interface Changed extends Pick<UsageLimit, "fleet" | "id"> {
  readonly expected: ExpectedVersions;
}

/** The settings of a limit that can be changed. */
export type LimitChange = Pick<UsageLimit, "limit" | "action"> & {
  readonly name?: string | undefined;
};

/**
 * Replaces the settings of a limit. A limit that was reached is in force again after its next
 * check. Fails with `not_found`, `precondition_failed`, and `conflict` if another request changed
 * it.
 */
export const replaceLimit = async (
  { fleet, id, expected }: Changed,
  { limit, action, name }: LimitChange,
  { limits, wait }: Pick<Deps, "limits" | "wait">,
): Promise<UsageLimit> => {
  const { name: _, ...before } = await findLimit(fleet, id, { limits });
  requireVersion(expected, versionOfRevision(before));
  const next = {
    ...before,
    limit,
    action,
    revision: before.revision + 1,
    ...omitUndefined({ name }),
  };
  if (!(await limits.replace(next))) {
    if (expected !== undefined) throw staleVersion();
    throw new Failure("another request is changing the limit", { code: "conflict" });
  }
  await wait(integrationsFreshMs);
  return next;
};

/** Removes a limit. Fails with `not_found` and `precondition_failed`. */
export const removeLimit = async (
  { fleet, id, expected }: Changed,
  { limits, wait }: Pick<Deps, "limits" | "wait">,
): Promise<void> => {
  const found = await findLimit(fleet, id, { limits });
  requireVersion(expected, versionOfRevision(found));
  const only = expected === undefined ? undefined : found;
  if (!(await limits.remove(fleet, id, only))) {
    if (expected !== undefined) throw staleVersion();
    throw new Failure("Usage limit not found", { code: "not_found" });
  }
  await wait(integrationsFreshMs);
};
