import { createHash } from "node:crypto";
import type { AuditIntent } from "../audit/auditEntry.ts";
import type { AuditLog } from "../audit/auditLog.ts";
import { stateOf } from "../audit/auditState.ts";
import { beginChange, endChange } from "../audit/recordChange.ts";
import type { Broker } from "../event/ports.ts";
import type { Integration } from "../integration/model/integration.ts";
import type { Integrations } from "../integration/model/integrations.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { dayMs, minuteMs } from "../platform/durations.ts";
import { cloudPublisher, eventTopic } from "../platform/topic.ts";
import { disabledAfterMs } from "../resilience/limits.ts";
import {
  afterFailure,
  afterSlowness,
  afterSuccess,
  type TargetHealth,
  type TargetHealthStore,
} from "../resilience/targetHealth.ts";
import { targetHealthWrittenMax } from "./limits.ts";

interface Deps {
  integrations: Pick<Integrations, "disable">;
  audit: Pick<AuditLog, "begin" | "end">;
  healthRecords: TargetHealthStore;
  broker: Pick<Broker, "publish">;
  now: () => number;
  /** Called on a non-fatal error: the health could not be stored, or an event not published. */
  onError: (what: "target health" | "event" | "audit outcome", error: unknown) => void;
}

/**
 * Tracks failing integrations, notifies their owners, and disables integrations that only fail.
 * `known` is the health before the attempt.
 */
export interface TargetHealthTracker {
  succeeded(integration: Integration, known: TargetHealth | undefined): Promise<void>;
  failed(integration: Integration, failure: FailedDelivery): Promise<void>;
  /** An attempt takes longer than `slowAttemptMs`. */
  slow(integration: Integration, known: TargetHealth | undefined): Promise<void>;
  /** The target replied 410 Gone. Fails if the integration cannot be disabled. */
  gone(integration: Integration, reason: string): Promise<void>;
}

interface FailedDelivery {
  readonly known: TargetHealth | undefined;
  readonly attempts: number;
  readonly reason: string;
  readonly openUntil: number | undefined;
}

/**
 * Stores the health of failing integrations. A success of a healthy integration costs only a lookup
 * in memory. A persistent failure costs one write per hour.
 */
export const trackTargetHealth = (deps: Deps): TargetHealthTracker => {
  const { healthRecords, now, onError } = deps;
  /** Health that this worker has written and not yet read back. */
  const written = new BoundedMap<string, TargetHealth>(targetHealthWrittenMax);
  const latest = (id: string, known: TargetHealth | undefined): TargetHealth | undefined => {
    const own = written.get(id);
    if (own !== undefined && own.revision > (known?.revision ?? 0)) return own;
    written.delete(id);
    return known;
  };
  const put = async (fleet: string, next: TargetHealth): Promise<boolean> => {
    const done = await healthRecords.put(fleet, next);
    // If an entry is evicted, a later write may fail because its revision is stale.
    if (done) written.set(next.integration, next);
    else written.delete(next.integration);
    return done;
  };
  const trying = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError("target health", error);
    }
  };
  return {
    async succeeded({ fleet, id }, known) {
      const next = afterSuccess(latest(id, known), now());
      if (next === undefined) return;
      await trying(async () => void (await put(fleet, next)));
    },

    async slow({ fleet, id }, known) {
      const next = afterSlowness(latest(id, known), { integration: id, now: now() });
      if (next === undefined) return;
      await trying(async () => void (await put(fleet, next)));
    },

    failed: (integration, { known, reason, ...failure }) =>
      trying(async () => {
        const { fleet, id, enabledAt } = integration;
        const failed = { integration: id, enabledAt, ...failure, now: now() };
        const after = afterFailure(latest(id, known), failed);
        if (after === undefined) return;
        const { next, notifyPercent } = after;
        if (notifyPercent === 100)
          return disable(integration, { targetHealth: next, reason }, deps);
        // Of several workers that detect it concurrently, only the one whose write succeeds
        // publishes.
        if ((await put(fleet, next)) && notifyPercent !== undefined) {
          await publish(
            integration,
            "failing",
            healthEvent(next, { percent: notifyPercent, reason }),
            deps,
          );
        }
      }),

    async gone(integration, reason) {
      if (await disableRecorded(integration, reason, deps)) {
        await publish(integration, "disabled", { percent: 100, reason }, deps);
      }
    },
  };
};

/** Resets the failure count after disabling: the owner may enable the integration again. */
const disable = async (
  integration: Integration,
  { targetHealth, reason }: { targetHealth: TargetHealth; reason: string },
  deps: Deps,
): Promise<void> => {
  const { fleet } = integration;
  const days = disabledAfterMs / dayMs;
  const why = `every attempt failed for ${days} days; the last reason: ${reason}`;
  const disabled = await disableRecorded(integration, why, deps);
  const over = afterSuccess(targetHealth, deps.now());
  // Uses the revision that the failure would have had.
  if (over !== undefined)
    await deps.healthRecords.put(fleet, { ...over, revision: targetHealth.revision });
  if (!disabled) return;
  await publish(
    integration,
    "disabled",
    healthEvent(targetHealth, { percent: 100, reason: why }),
    deps,
  );
};

/**
 * Disables an integration with its entry in the audit log. Workers that detect it in the same
 * minute store one entry, whose time is that minute. Returns whether this worker has disabled it.
 */
const disableRecorded = async (
  { fleet, id, name, enabledAt }: Integration,
  reason: string,
  { integrations, audit, now, onError }: Deps,
): Promise<boolean> => {
  const entry: AuditIntent = {
    id: createHash("sha256").update(`${id} ${enabledAt}`).digest("hex").slice(0, 18),
    fleet,
    at: Math.floor(now() / minuteMs) * minuteMs,
    actor: { kind: "system" },
    action: "integration.disable",
    subject: { kind: "integration", id, name },
  };
  const deps = { log: audit, onError };
  await beginChange(entry, deps);
  const isOwn = await integrations.disable(fleet, id, reason);
  const after = stateOf({ disabled: true, reason });
  await endChange(entry, async () => ({ outcome: "done", ...(after && { after }) }), deps);
  return isOwn;
};

interface HealthEvent {
  readonly percent: number;
  readonly reason: string;
  readonly since?: string;
  readonly disabled_at?: string;
}

const healthEvent = ({ since }: TargetHealth, { percent, reason }: HealthEvent): HealthEvent => ({
  percent,
  reason,
  ...(since !== undefined && {
    since: new Date(since).toISOString(),
    disabled_at: new Date(since + disabledAfterMs).toISOString(),
  }),
});

/**
 * Publishes an event in the owner's fleet. It may trigger integrations; at most three such events
 * in five days cannot cause a loop.
 */
const publish = async (
  { fleet, id, name }: Integration,
  kind: "failing" | "disabled",
  event: HealthEvent,
  { broker, onError }: Deps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name: `integration/${kind}` });
  try {
    await broker.publish(topic, Buffer.from(JSON.stringify({ id, name, ...event })));
  } catch (error) {
    onError("event", error);
  }
};
