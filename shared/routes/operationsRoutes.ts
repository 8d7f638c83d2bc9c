import * as z from "zod/mini";
import { severity } from "../alarm/alarmText.ts";
import { component } from "../alarm/component.ts";
import { operatorScope } from "../api/scopes.ts";
import { check } from "../objective/check.ts";
import { sources } from "../operations/askSources.ts";
import { pageWay } from "../paging/selfTest.ts";
import { componentStatus } from "../status/componentStatus.ts";
import { impact, incidentStatus, maintenanceStatus } from "../status/incidentRecord.ts";
import { isoTime, noInput } from "./replies.ts";
import { route } from "./route.ts";

const time = z.nullable(isoTime);
const count = z.int().check(z.nonnegative());

/** The result of a drill. */
const drill = z.strictObject({
  date: z.string(),
  drill: z.string(),
  place: z.string(),
  passed: z.boolean(),
  recovered_seconds: z.nullable(z.number()),
  paged_seconds: z.nullable(z.number()),
  lost: count,
});

/** The state of a deployment. `null` means that it is not known, or that there is none. */
export const operationsReply = z.strictObject({
  at: isoTime,
  /** The region that answers. */
  region: z.string(),
  regions: z.array(z.string()),
  /** What needs a person, as sentences; empty for a healthy deployment. */
  problems: z.array(z.string()),
  /** The sources that did not answer: what they tell is `null`, or absent for the region. */
  unavailable: z.array(
    z.strictObject({
      source: z.enum(sources),
      /** `null` for the table of all regions. */
      region: z.nullable(z.string()),
      reason: z.string(),
    }),
  ),
  components: z.array(
    z.strictObject({
      region: z.string(),
      component,
      name: z.string(),
      status: z.nullable(componentStatus),
      since: time,
    }),
  ),
  /** All firing alarms. `alarms` lists the most severe ones. */
  alarms_firing: count,
  alarms: z.array(
    z.strictObject({
      region: z.string(),
      name: z.string(),
      /** `null` for an alarm whose description has another form. */
      summary: z.nullable(z.string()),
      severity: z.nullable(severity),
      components: z.array(component),
      runbook: z.nullable(z.string()),
      since: isoTime,
      reason: z.string(),
      contributors: z.array(z.string()),
      composite: z.boolean(),
      /** It only contributes to a composite alarm. */
      grouped: z.boolean(),
      /** Its actions are not muted. */
      pages: z.boolean(),
    }),
  ),
  queues: z.array(
    z.strictObject({
      region: z.string(),
      name: z.string(),
      oldest_seconds: z.number(),
      visible: z.number(),
      at: isoTime,
    }),
  ),
  ledger: z.array(
    z.strictObject({
      region: z.string(),
      missing: z.nullable(count),
      overdue: z.nullable(count),
      overdue_integrations: z.array(z.strictObject({ integration: z.string(), deliveries: count })),
      counted_at: time,
    }),
  ),
  pages: z.nullable(
    z.strictObject({
      open: z.array(
        z.strictObject({
          id: z.string(),
          region: z.string(),
          summary: z.string(),
          severity,
          since: isoTime,
          receivers_told: count,
          receivers: count,
        }),
      ),
      failed_deliveries: z.array(
        z.strictObject({
          page: z.string(),
          region: z.string(),
          receiver: z.string(),
          state: z.enum(["waiting", "dead_letter"]),
          error: z.nullable(z.string()),
        }),
      ),
    }),
  ),
  self_tests: z.nullable(
    z.array(
      z.strictObject({
        region: z.string(),
        at: time,
        ways: z.array(
          z.strictObject({ way: pageWay, acknowledged_at: time, overdue: z.boolean() }),
        ),
      }),
    ),
  ),
  heartbeats: z.nullable(
    z.array(z.strictObject({ from: z.string(), by: z.string(), at: time, silent: z.boolean() })),
  ),
  canaries: z.array(
    z.strictObject({
      region: z.string(),
      checks: z.array(
        z.strictObject({
          check,
          passed: z.boolean(),
          latency_ms: z.nullable(z.number()),
          at: isoTime,
        }),
      ),
    }),
  ),
  incidents: z.nullable(
    z.array(
      z.strictObject({
        id: z.string(),
        type: z.enum(["incident", "maintenance"]),
        name: z.string(),
        status: z.union([incidentStatus, maintenanceStatus]),
        impact,
        started_at: isoTime,
        scheduled_for: time,
        scheduled_until: time,
      }),
    ),
  ),
  last_drill: z.nullable(drill),
  /** The latest recorded drills, newest first. */
  drills: z.array(drill),
});

/** The state of a deployment in a reply. */
export type OperationsReply = z.output<typeof operationsReply>;

const at = "2026-12-01T10:00:00.000Z";
const region = "us-east-1";

const aDrill: z.output<typeof drill> = {
  date: "2026-11-30",
  drill: "queue-service-down",
  place: "one machine",
  passed: true,
  recovered_seconds: 10.5,
  paged_seconds: 95,
  lost: 0,
};

const example: OperationsReply = {
  at,
  region,
  regions: [region],
  problems: ["us-east-1: A queue falls behind. (docs/runbook.md#a-queue-falls-behind)"],
  unavailable: [],
  components: [
    {
      region,
      component: "events",
      name: "Events",
      status: "degraded_performance",
      since: "2026-12-01T09:58:00.000Z",
    },
  ],
  alarms_firing: 1,
  alarms: [
    {
      region,
      name: "Godwit-Region-us-east-1-QueuesBehind",
      summary: "A queue falls behind.",
      severity: "error",
      components: ["events"],
      runbook: "a-queue-falls-behind",
      since: "2026-12-01T09:58:00.000Z",
      reason: "Threshold Crossed",
      contributors: [],
      composite: true,
      grouped: false,
      pages: true,
    },
  ],
  queues: [
    { region, name: "Godwit-Region-us-east-1-Events", oldest_seconds: 421, visible: 80, at },
  ],
  ledger: [{ region, missing: 0, overdue: 0, overdue_integrations: [], counted_at: at }],
  pages: {
    open: [
      {
        id: "001764583200000-8f14e45fceea167a",
        region,
        summary: "A queue falls behind.",
        severity: "error",
        since: "2026-12-01T09:58:00.000Z",
        receivers_told: 1,
        receivers: 1,
      },
    ],
    failed_deliveries: [],
  },
  self_tests: [{ region, at, ways: [{ way: "watcher", acknowledged_at: at, overdue: false }] }],
  heartbeats: [{ from: region, by: region, at, silent: false }],
  canaries: [{ region, checks: [{ check: "api", passed: true, latency_ms: 41, at }] }],
  incidents: [],
  last_drill: aDrill,
  drills: [aDrill],
};

/** The state of the deployment, for operators. */
export const operationsRoutes = {
  showOperations: route({
    method: "GET",
    path: "/v1/operations",
    access: operatorScope,
    summary: "Show the state of the deployment in all regions",
    input: noInput,
    replies: { 200: operationsReply },
    example: { input: {}, reply: example },
    errors: [],
  }),
};
