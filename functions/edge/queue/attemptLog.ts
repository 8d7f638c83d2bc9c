import type { BatchRecord } from "#shared/delivery/batchRecord.ts";
import { maskedAttempt } from "#shared/delivery/batchRecord.ts";
import { attemptLogEveryMs, attemptLogIntegrationsMax } from "#shared/delivery/limits.ts";
import { BoundedMap } from "#shared/platform/boundedMap.ts";
import { isUnexpired } from "#shared/platform/isUnexpired.ts";

type Warn = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/**
 * Records and logs failed attempts. The first failure of an integration is logged at once, later
 * ones in one line per `attemptLogEveryMs` with their number. The log tracks
 * `attemptLogIntegrationsMax` integrations and evicts the oldest one, whose next failure is logged
 * at once again.
 */
export const openAttemptLog = ({ warn, now }: { warn: Warn; now: () => number }) => {
  const logged = new BoundedMap<string, { at: number; since: number }>(attemptLogIntegrationsMax);
  const isDue = (id: string): { failedSince: number } | undefined => {
    const last = logged.get(id);
    const until = (last?.at ?? Number.NEGATIVE_INFINITY) + attemptLogEveryMs;
    if (last !== undefined && isUnexpired(until, { now: now(), ms: attemptLogEveryMs })) {
      last.since += 1;
      return undefined;
    }
    logged.set(id, { at: now(), since: 0 });
    return { failedSince: last?.since ?? 0 };
  };
  return (record: BatchRecord): BatchRecord => ({
    ...record,
    recordAttempt(delivery, integration, ending) {
      record.recordAttempt(delivery, integration, ending);
      const due = ending.ok ? undefined : isDue(integration.id);
      if (due === undefined) return;
      // As in the API: without secrets, and truncated.
      const { event, number, reason } = maskedAttempt(delivery, integration, ending);
      warn("attempt failed", {
        integration: integration.id,
        name: integration.name,
        event: event.name,
        device: event.device,
        attempt: number,
        reason,
        ...(due.failedSince > 0 && due),
      });
    },
  });
};
