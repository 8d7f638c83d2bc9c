import * as z from "zod/mini";
import type { FleetLimits, UsageLimit } from "./usageLimit.ts";

/** What a limit does with a delivery. */
export const restriction = z.object({
  action: z.enum(["slow", "park"]),
  /** The id of the limit. */
  limit: z.string(),
});

export type Restriction = z.output<typeof restriction>;

interface Asked {
  readonly device: string;
  readonly integration: string;
  /** The event is a data operation of its device. */
  readonly isOperation: boolean;
  /** The cloud published the event itself, for example a notice about a limit. */
  readonly isOfCloud: boolean;
}

/**
 * What the reached limits of a fleet do with the delivery of an event; `undefined` in the usual
 * case. Events that are no data operations are free of the limits of devices and fleets, and events
 * of the cloud are free of all limits. To park wins.
 */
export const restrictionOf = (
  { limits, reached }: FleetLimits,
  asked: Asked,
  now: number,
): Restriction | undefined => {
  if (reached.length === 0 || asked.isOfCloud) return undefined;
  const found = reached.flatMap(({ limit: id, revision, until, devices }): Restriction[] => {
    const limit = limits.find((one) => one.id === id && one.revision === revision);
    if (limit === undefined || until <= now) return [];
    const { action } = limit;
    return action !== "notify" && isAffected(limit, devices, asked) ? [{ action, limit: id }] : [];
  });
  return found.find(({ action }) => action === "park") ?? found[0];
};

const isAffected = (
  { scope, target, action }: UsageLimit,
  devices: readonly string[] | undefined,
  { device, integration, isOperation }: Asked,
): boolean => {
  if (scope === "integration") return target === integration;
  if (!isOperation) return false;
  if (scope === "device") return target === device;
  return action === "park" || (devices ?? []).includes(device);
};

/** Whether a limit is reached, and is still the one that was reached. */
export const isInForce = ({ limits, reached }: FleetLimits, id: string, now: number): boolean =>
  reached.some(
    ({ limit, revision, until }) =>
      limit === id &&
      until > now &&
      limits.some((one) => one.id === id && one.revision === revision),
  );

/** Why a delivery waits, and the reason of its dead letter if it has waited for too long. */
export const slowedReason = (limit: string): string =>
  `usage_limit: slowed down by the usage limit ${limit}, which was reached.`;

/** The reason of a dead letter that a limit has parked. */
export const parkedReason = (limit: string): string =>
  `usage_limit: parked by the usage limit ${limit}, which was reached. Replay it to deliver it.`;
