import { limitStatus } from "#shared/ledger/limit/limitStatus.ts";
import {
  addLimit,
  findLimit,
  removeLimit,
  replaceLimit,
} from "#shared/ledger/limit/manageLimits.ts";
import { countsOf, type LimitUsageRows } from "#shared/ledger/limit/ports.ts";
import { isInForce } from "#shared/limit/restriction.ts";
import type { FleetLimits, UsageLimit, UsageLimits } from "#shared/limit/usageLimit.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { versionOfRevision } from "#shared/platform/version.ts";
import type { UsageLimitBody, usageLimitRoutes } from "#shared/routes/usageLimitRoutes.ts";
import { usageLimitView } from "../views/usageLimitView.ts";
import type { Endpoints, signedIn } from "./api.ts";
import { noContent, Versioned } from "./reply.ts";

interface Deps extends Pick<Parameters<typeof addLimit>[2], "devices" | "integrations" | "wait"> {
  readonly limits: UsageLimits;
  readonly limitUsage: Pick<LimitUsageRows, "ofFleet">;
  readonly now: () => number;
}

/** The limits of a fleet as the API shows them, also beside its usage. */
export const showLimits = async (
  fleet: string,
  deps: Pick<Deps, "limits" | "limitUsage" | "now">,
): Promise<UsageLimitBody[]> => {
  const found = await deps.limits.ofFleet(fleet);
  if (found.limits.length === 0) return [];
  const usage = await deps.limitUsage.ofFleet(fleet);
  const now = deps.now();
  return found.limits.map((limit) => viewOf(limit, { found, usage, now }));
};

interface Known {
  readonly found: FleetLimits;
  readonly usage: Awaited<ReturnType<LimitUsageRows["ofFleet"]>>;
  readonly now: number;
}

const viewOf = (limit: UsageLimit, { found, usage, now }: Known): UsageLimitBody =>
  usageLimitView(limit, {
    status: limitStatus(limit, countsOf(usage, limit.id), now),
    isInForce: isInForce(found, limit.id, now),
  });

/** The endpoints of limits of usage. */
export const usageLimitEndpoints = (
  withToken: ReturnType<typeof signedIn>,
  deps: Deps,
): Endpoints<typeof usageLimitRoutes> => {
  const shown = async (limit: UsageLimit): Promise<{ limit: UsageLimitBody }> => {
    const [found, usage] = await Promise.all([
      deps.limits.ofFleet(limit.fleet),
      deps.limitUsage.ofFleet(limit.fleet),
    ]);
    return { limit: viewOf(limit, { found, usage, now: deps.now() }) };
  };
  const versioned = async (limit: UsageLimit) =>
    new Versioned(await shown(limit), versionOfRevision(limit));
  return {
    listUsageLimits: withToken(async (_, { fleet }) => ({ limits: await showLimits(fleet, deps) })),

    createUsageLimit: withToken(async (input, { fleet, username, product }) => {
      const owner = { username, ...omitUndefined({ product: product?.id }) };
      return shown(await addLimit({ fleet, owner }, input, deps));
    }),

    showUsageLimit: withToken(async ({ usage_limit: id }, { fleet }) =>
      versioned(await findLimit(fleet, id, deps)),
    ),

    replaceUsageLimit: withToken(async ({ usage_limit: id, ...change }, { fleet }, { expected }) =>
      versioned(await replaceLimit({ fleet, id, expected }, change, deps)),
    ),

    removeUsageLimit: withToken(async ({ usage_limit: id }, { fleet }, { expected }) => {
      await removeLimit({ fleet, id, expected }, deps);
      return noContent;
    }),
  };
};
