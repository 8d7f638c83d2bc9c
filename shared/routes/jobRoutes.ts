import * as z from "zod/mini";
import { cursorText } from "../input/cursor.ts";
import { time } from "../input/time.ts";
import { jobStates } from "../job/job.ts";
import { jobListFields } from "../job/listJobs.ts";
import { filterInput, jobInput } from "../job/replayInput.ts";
import { integrationId } from "./integrationRoutes.ts";
import { done, isoTime } from "./replies.ts";
import { route } from "./route.ts";

/** What a job would deliver, at what rate, and the list price of that at AWS. */
const plan = z.strictObject({
  plan: z.literal(true),
  count: z.int(),
  /** There are more than `count`. */
  at_least: z.boolean(),
  bytes: z.int(),
  oldest: z.nullable(isoTime),
  newest: z.nullable(isoTime),
  per_second: z.int(),
  expected_seconds: z.number(),
  expected_dollars: z.number(),
});

const filter = z.strictObject({
  from: z.optional(z.nullable(isoTime)),
  to: z.optional(z.nullable(isoTime)),
  reason: z.optional(z.string()),
  status: z.optional(z.int()),
  event: z.optional(z.string()),
  device: z.optional(z.string()),
  ids: z.optional(z.array(z.string())),
});

const job = z.strictObject({
  id: z.string(),
  integration_id: z.string(),
  kind: z.enum(["replay", "backfill"]),
  /** The filter: of a replay. */
  filter: z.optional(filter),
  /** The time span: of a backfill. */
  from: z.optional(z.nullable(isoTime)),
  to: z.optional(z.nullable(isoTime)),
  state: z.enum(jobStates),
  /** Why it was stopped. */
  stop_reason: z.nullable(z.string()),
  total: z.int(),
  /** There are more than `total`. */
  at_least: z.boolean(),
  done: z.int(),
  failed: z.int(),
  left: z.int(),
  per_second: z.int(),
  /** Deliveries a second since it began; 0 when it does not run. */
  rate: z.number(),
  started_at: z.nullable(isoTime),
  updated_at: z.nullable(isoTime),
  estimated_end: z.nullable(isoTime),
  region: z.string(),
});

/** Bodies of replies about jobs. */
export type PlanBody = z.input<typeof plan>;
export type JobBody = z.input<typeof job>;
export type FilterBody = z.input<typeof filter>;

const integration = "0c2f8a4e-5d3b-4f6a-9e1c-7b8d9a0b1c2d";
const aJob: JobBody = {
  id: "1767225600000-0a1b2c3d",
  integration_id: integration,
  kind: "replay",
  filter: { status: 503 },
  state: "running",
  stop_reason: null,
  total: 100,
  at_least: false,
  done: 40,
  failed: 0,
  left: 60,
  per_second: 10,
  rate: 10,
  started_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:04.000Z",
  estimated_end: "2026-01-01T00:00:10.000Z",
  region: "us-east-1",
};
const started = z.strictObject({ ok: z.literal(true), job });
const oneJob = z.extend(integrationId, { job: z.string().check(z.maxLength(64)) });

/** The operations on the jobs of an integration. */
export const jobRoutes = {
  replayDeadLetters: route({
    method: "POST",
    path: "/v1/integrations/{integration}/dead-letters/replay",
    product: true,
    access: "integrations:update",
    audit: { action: "job.start", id: "integration" },
    summary: "Start a job that delivers dead letters again, or plan it",
    input: z.object({ ...integrationId.shape, ...filterInput.shape, ...jobInput }),
    replies: { 200: plan, 202: started },
    example: { input: { integration, status: 503 }, reply: { ok: true, job: aJob } },
    errors: ["integration_disabled", "limit_reached", "conflict"],
  }),
  backfill: route({
    method: "POST",
    path: "/v1/integrations/{integration}/backfill",
    product: true,
    access: "integrations:update",
    audit: { action: "job.start", id: "integration" },
    summary: "Start a job that delivers archived events to an integration, or plan it",
    input: z.object({
      ...integrationId.shape,
      from: time,
      to: z.optional(time),
      ...jobInput,
    }),
    replies: { 200: plan, 202: started },
    example: {
      input: { integration, from: "2026-01-01", plan: true },
      reply: {
        plan: true,
        count: 100,
        at_least: false,
        bytes: 25_000,
        oldest: "2026-01-01T00:00:00.000Z",
        newest: "2026-01-01T12:00:00.000Z",
        per_second: 10,
        expected_seconds: 10,
        expected_dollars: 0.000_3,
      },
    },
    errors: ["integration_disabled", "limit_reached", "conflict"],
  }),
  listJobs: route({
    method: "GET",
    path: "/v1/integrations/{integration}/jobs",
    product: true,
    access: "integrations:get",
    summary: "List the jobs of an integration, newest first, or a page of them",
    input: z.extend(integrationId, jobListFields),
    replies: { 200: z.strictObject({ jobs: z.array(job), cursor: z.optional(cursorText) }) },
    example: { input: { integration }, reply: { jobs: [aJob] } },
    errors: [],
  }),
  showJob: route({
    method: "GET",
    path: "/v1/integrations/{integration}/jobs/{job}",
    product: true,
    access: "integrations:get",
    summary: "Show the progress of a job",
    input: oneJob,
    replies: { 200: z.strictObject({ job }) },
    example: { input: { integration, job: aJob.id }, reply: { job: aJob } },
    errors: [],
  }),
  stopJob: route({
    method: "DELETE",
    path: "/v1/integrations/{integration}/jobs/{job}",
    product: true,
    access: "integrations:update",
    audit: { action: "job.stop", id: "job" },
    summary: "Stop a job",
    input: oneJob,
    replies: { 200: done },
    example: { input: { integration, job: aJob.id }, reply: { ok: true } },
    errors: ["conflict"],
  }),
};
