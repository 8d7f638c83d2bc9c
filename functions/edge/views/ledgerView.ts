import { countNames, type DeliveryCounts, zeroCounts } from "#shared/ledger/countDeliveries.ts";
import type { LedgerBucket } from "#shared/ledger/ports.ts";
import type { Attempt } from "#shared/ledger/record.ts";
import { dayMs } from "#shared/platform/durations.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { AttemptBody, DayCountersBody, LedgerBody } from "#shared/routes/integrationRoutes.ts";

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const sumOf = (buckets: readonly DeliveryCounts[]): DeliveryCounts => {
  const sum: { -readonly [Name in keyof DeliveryCounts]: number } = { ...zeroCounts };
  for (const bucket of buckets) for (const name of countNames) sum[name] += bucket[name];
  return sum;
};

/**
 * The outcome of deliveries by day in UTC, the latest day first. Days without deliveries are
 * omitted.
 */
export const countersView = (buckets: readonly LedgerBucket[]): DayCountersBody[] =>
  [...Map.groupBy(buckets, ({ from }) => Math.floor(from / dayMs))]
    .sort(([one], [other]) => other - one)
    .map(([day, some]) => {
      const { delivered, failed, waiting, dead, discarded, missing } = sumOf(some);
      const date = dayOf(day * dayMs);
      return { date, success: delivered, error: failed, waiting, dead, discarded, missing };
    });

/** An attempt of a delivery. */
export const attemptView = (attempt: Attempt): AttemptBody => {
  const { delivery, event, number, at, tookMs, ok, reason, next, request, reply } = attempt;
  return {
    delivery,
    attempt: number,
    ok,
    ...omitUndefined({ error: reason }),
    event: { id: event.id, name: event.name, coreid: event.device },
    started_at: new Date(at).toISOString(),
    took_ms: Math.round(tookMs),
    next_attempt_at: next === undefined ? null : new Date(next).toISOString(),
    request: request === undefined ? null : { ...request, body: request.body ?? null },
    reply:
      reply === undefined
        ? null
        : {
            status: reply.status,
            content_type: reply.contentType ?? null,
            retry_after: reply.retryAfter ?? null,
            body: reply.body,
          },
  };
};

/** The ledger of a time span: the total, and each bucket. */
export const ledgerView = (
  buckets: readonly LedgerBucket[],
  { from, to }: { from: number; to: number },
): LedgerBody => {
  const { failed, ...counts } = sumOf(buckets);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    balanced: counts.missing === 0,
    ...counts,
    failed_attempts: failed,
    missing_deliveries: buckets.flatMap(({ missingIds }) => missingIds),
    buckets: buckets.map(({ from: start, missingIds, failed: failures, ...each }) => ({
      from: new Date(start).toISOString(),
      ...each,
      failed_attempts: failures,
      ...(missingIds.length > 0 && { missing_deliveries: missingIds }),
    })),
  };
};
