import type { DeadLetterFilter } from "#shared/delivery/deadLetter.ts";
import type { DeliveryCount } from "#shared/delivery/findDeadLetters.ts";
import { type Job, remainingOf } from "#shared/job/job.ts";
import { jobRate, jobSeconds } from "#shared/job/jobEstimate.ts";
import type { FilterBody, JobBody, PlanBody } from "#shared/routes/jobRoutes.ts";

/** The plan of a job. */
export const planView = (
  { count, atLeast, bytes, oldest, newest }: DeliveryCount,
  { perSecond, dollars }: { perSecond: number; dollars: number },
): PlanBody => ({
  plan: true,
  count,
  at_least: atLeast,
  bytes,
  oldest: iso(oldest),
  newest: iso(newest),
  per_second: perSecond,
  expected_seconds: jobSeconds(count, perSecond),
  // Six digits: one delivery costs some millionths.
  expected_dollars: Number(dollars.toFixed(6)),
});

/** The progress of a job. `now` is in milliseconds since 1970. */
export const jobView = (job: Job, now: number): JobBody => {
  const { id, region, integration, work, perSecond, state, why, total, done, failed } = job;
  const left = remainingOf(job);
  const running = state === "running";
  const what = work.kind === "replay" ? { filter: filterView(work.filter) } : spanView(work);
  return {
    id,
    integration_id: integration,
    kind: work.kind,
    ...what,
    state,
    stop_reason: why ?? null,
    total,
    at_least: job.atLeast,
    done,
    failed,
    left,
    per_second: perSecond,
    rate: running ? jobRate(perSecond, job.workedMs) : 0,
    started_at: iso(job.startedAt),
    updated_at: iso(job.workedAt),
    estimated_end: running ? iso(now + jobSeconds(left, perSecond, job.workedMs) * 1_000) : null,
    region,
  };
};

interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The filter of a request, with its times in ISO 8601. */
const filterView = ({ from, to, ...filter }: DeadLetterFilter): FilterBody => ({
  ...filter,
  ...spanView({ from, to }),
});

const spanView = ({ from, to }: Span): Pick<FilterBody, "from" | "to"> => ({
  ...(from !== undefined && { from: iso(from) }),
  ...(to !== undefined && { to: iso(to) }),
});

const iso = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();
