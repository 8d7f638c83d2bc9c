import { dueEvent, type Page } from "#shared/paging/page.ts";
import type { PageBody } from "#shared/routes/pageRoutes.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** A page in the format of the API. */
export const pageView = (page: Page): PageBody => ({
  id: page.id,
  dedup_key: page.dedupKey,
  state: page.resolvedAt === undefined ? "open" : "resolved",
  region: page.region,
  watcher: page.watcher,
  summary: page.summary,
  severity: page.severity,
  components: page.components,
  parts: page.slice,
  reason: page.reason,
  runbook: page.runbook ?? null,
  since: iso(page.since),
  resolved_at: page.resolvedAt === undefined ? null : iso(page.resolvedAt),
  deliveries: page.deliveries.map((one) => ({
    receiver: one.receiver,
    told: one.told,
    dead_letter: one.dead ?? null,
    failures: one.failures,
    next_attempt_at:
      one.dead === undefined && dueEvent(page, one) !== undefined ? iso(one.nextAt) : null,
    attempts: one.attempts.map(({ at, ...attempt }) => ({ ...attempt, at: iso(at) })),
  })),
});
