import * as z from "zod/mini";
import { component } from "../alarm/component.ts";
import { operatorScope } from "../api/scopes.ts";
import { time } from "../input/time.ts";
import {
  incidentInput,
  incidentUpdateInput,
  mergeInput,
  oneIncident,
  postmortemInput,
} from "../notice/incident/incidentInput.ts";
import { logEntry } from "../notice/incident/incidentLog.ts";
import { noticeStates } from "../notice/outbox/notice.ts";
import { componentStatus } from "../status/componentStatus.ts";
import { incidentId } from "../status/incidentId.ts";
import { impact, incidentStatus, maintenanceStatus } from "../status/incidentRecord.ts";
import { isoTime, nextPage, noInput } from "./replies.ts";
import { route } from "./route.ts";

const counts = {
  accepted: z.int(),
  delivered: z.int(),
  late: z.int(),
  pending: z.int(),
  dead_lettered: z.int(),
  discarded: z.int(),
  missing: z.int(),
  failed_attempts: z.int(),
};

/** What a time span means for a fleet: also in messages to the contacts of a product. */
export const concernNumbers = z.strictObject({
  from: isoTime,
  to: isoTime,
  concerned: z.boolean(),
  balanced: z.boolean(),
  balanced_at: z.nullable(isoTime),
  provisional: z.boolean(),
  deliveries: z.strictObject(counts),
  missing_deliveries: z.array(z.string()),
  integrations_checked: z.int(),
  integrations: z.array(
    z.strictObject({
      id: z.string(),
      event: z.nullable(z.string()),
      ...counts,
      settled_at: z.nullable(isoTime),
    }),
  ),
  devices: z.strictObject({
    checked: z.int(),
    complete: z.boolean(),
    disconnected: z.int(),
    reconnected: z.int(),
    disconnected_ids: z.array(z.string()),
    reconnected_ids: z.array(z.string()),
  }),
});

/** The answer to "does it concern me?". */
const concern = z.extend(concernNumbers, { incident: z.nullable(z.string()) });

/** A concern in a reply. */
export type ConcernReply = z.input<typeof concern>;

const status = z.union([incidentStatus, maintenanceStatus]);
const affected = z.strictObject({ component, region: z.string(), status: componentStatus });

const incident = z.strictObject({
  id: z.string(),
  type: z.enum(["incident", "maintenance"]),
  name: z.string(),
  status,
  impact,
  automatic: z.boolean(),
  started_at: isoTime,
  detected_at: z.nullable(isoTime),
  shown_at: z.nullable(isoTime),
  resolved_at: z.nullable(isoTime),
  scheduled_for: z.nullable(isoTime),
  scheduled_until: z.nullable(isoTime),
  affected: z.array(affected),
  /** The alarms that fire now. */
  alarms: z.array(z.strictObject({ name: z.string(), region: z.string(), since: isoTime })),
  /** Oldest first. */
  updates: z.array(
    z.strictObject({
      id: z.string(),
      at: isoTime,
      status,
      body: z.string(),
      automatic: z.boolean(),
    }),
  ),
  postmortem: z.nullable(z.strictObject({ at: isoTime, body: z.string() })),
  merged: z.array(z.string()),
  /** To be sent with a change, so that it is refused if there was another one. */
  version: z.string(),
});

/** An incident or a maintenance in a reply. */
export type IncidentBody = z.input<typeof incident>;

const changed = z.strictObject({ ok: z.literal(true), incident });

/** A change that an operator made. */
const entry = z.strictObject({
  at: isoTime,
  by: z.string(),
  action: logEntry.shape.action,
  update: z.nullable(z.string()),
});

const notice = z.strictObject({
  incident: z.string(),
  update: z.string(),
  subscription: z.string(),
  kind: z.enum(["email", "webhook"]),
  target: z.string(),
  state: z.enum(noticeStates),
  attempts: z.int(),
  error: z.nullable(z.string()),
  created_at: isoTime,
  tried_at: z.nullable(isoTime),
  next_attempt_at: z.nullable(isoTime),
});

/** A notice in a reply. */
export type NoticeBody = z.input<typeof notice>;

const after = z.optional(nextPage(200));

const aConcern: ConcernReply = {
  incident: "3kxq1p0a9f2c",
  from: "2026-01-01T10:00:00.000Z",
  to: "2026-01-01T11:00:00.000Z",
  concerned: true,
  balanced: true,
  balanced_at: "2026-01-01T11:04:10.000Z",
  provisional: false,
  deliveries: {
    accepted: 120,
    delivered: 118,
    late: 30,
    pending: 0,
    dead_lettered: 2,
    discarded: 0,
    missing: 0,
    failed_attempts: 41,
  },
  missing_deliveries: [],
  integrations_checked: 3,
  integrations: [],
  devices: {
    checked: 12,
    complete: true,
    disconnected: 0,
    reconnected: 0,
    disconnected_ids: [],
    reconnected_ids: [],
  },
};

const anIncident: IncidentBody = {
  id: "3kxq1p0a9f2c",
  type: "incident",
  name: "Webhooks are late",
  status: "investigating",
  impact: "minor",
  automatic: false,
  started_at: "2026-01-01T10:00:00.000Z",
  detected_at: null,
  shown_at: null,
  resolved_at: null,
  scheduled_for: null,
  scheduled_until: null,
  affected: [{ component: "integrations", region: "us-east-1", status: "degraded_performance" }],
  alarms: [],
  updates: [
    {
      id: "3kxq1p0b1c2d",
      at: "2026-01-01T10:00:00.000Z",
      status: "investigating",
      body: "Deliveries of webhooks are late. We investigate.",
      automatic: false,
    },
  ],
  postmortem: null,
  merged: [],
  version: "0f1e2d3c4b5a6978",
};

const access = operatorScope;
const one = "/v1/status/incidents/{incident}";
const words = "Deliveries of webhooks are late. We investigate.";

/** The operations on incidents, maintenances and their notices. */
export const incidentRoutes = {
  showConcern: route({
    method: "GET",
    path: "/v1/status/concerns",
    product: true,
    access: "integrations:list",
    summary: "Show which integrations and devices of the fleet an incident or a time span touched",
    input: z.object({
      incident: z.optional(incidentId),
      from: z.optional(time),
      to: z.optional(time),
    }),
    replies: { 200: concern },
    example: { input: { incident: "3kxq1p0a9f2c" }, reply: aConcern },
    errors: ["not_found", "too_many_requests"],
  }),
  listIncidents: route({
    method: "GET",
    path: "/v1/status/incidents",
    access,
    summary: "List the incidents and maintenances of the last 90 days",
    input: noInput,
    replies: { 200: z.strictObject({ incidents: z.array(incident) }) },
    example: { input: {}, reply: { incidents: [anIncident] } },
    errors: [],
  }),
  openIncident: route({
    method: "POST",
    path: "/v1/status/incidents",
    access,
    audit: { action: "incident.create", created: "id" },
    summary: "Open an incident, a general notice, or a maintenance with scheduled times",
    input: incidentInput,
    replies: { 201: changed },
    example: {
      input: {
        name: "Webhooks are late",
        body: words,
        affected: [
          { component: "integrations", region: "us-east-1", status: "degraded_performance" },
        ],
      },
      reply: { ok: true, incident: anIncident },
    },
    errors: [],
  }),
  showIncident: route({
    method: "GET",
    path: one,
    access,
    summary: "Show an incident or a maintenance, and who changed it",
    input: oneIncident,
    replies: { 200: z.strictObject({ incident, log: z.array(entry) }) },
    example: {
      input: { incident: anIncident.id },
      reply: {
        incident: anIncident,
        log: [
          {
            at: "2026-01-01T10:00:00.000Z",
            by: "ada@example.com",
            action: "open",
            update: "3kxq1p0b1c2d",
          },
        ],
      },
    },
    errors: [],
  }),
  updateIncident: route({
    method: "POST",
    path: one,
    access,
    audit: { action: "incident.update", id: "incident" },
    summary: "Add an update to an incident or a maintenance",
    input: incidentUpdateInput,
    replies: { 201: changed },
    example: {
      input: { incident: anIncident.id, body: "We found the cause.", status: "identified" },
      reply: { ok: true, incident: { ...anIncident, status: "identified" } },
    },
    errors: ["refused", "conflict"],
  }),
  mergeIncident: route({
    method: "PATCH",
    path: one,
    access,
    audit: { action: "incident.update", id: "incident" },
    summary: "Merge an incident into another one, which continues it",
    input: mergeInput,
    replies: { 200: changed },
    example: {
      input: { incident: "3kxq1p0z8y7x", merged_into: anIncident.id },
      reply: { ok: true, incident: { ...anIncident, merged: ["3kxq1p0z8y7x"] } },
    },
    errors: ["conflict"],
  }),
  writePostmortem: route({
    method: "PUT",
    path: one,
    access,
    audit: { action: "incident.update", id: "incident" },
    summary: "Attach a postmortem in Markdown to a resolved incident, or replace it",
    input: postmortemInput,
    replies: { 200: changed },
    example: {
      input: { incident: anIncident.id, postmortem: "# What happened" },
      reply: {
        ok: true,
        incident: {
          ...anIncident,
          status: "postmortem",
          postmortem: { at: "2026-01-02T10:00:00.000Z", body: "# What happened" },
        },
      },
    },
    errors: ["refused", "conflict"],
  }),
  listNotices: route({
    method: "GET",
    path: `${one}/notices`,
    access,
    summary: "List the messages to subscribers about an incident, with their attempts",
    input: z.object({ ...oneIncident.shape, after, state: z.optional(z.enum(noticeStates)) }),
    replies: {
      200: z.strictObject({ notices: z.array(notice), next: z.nullable(z.string()) }),
    },
    example: {
      input: { incident: anIncident.id, state: "dead" },
      reply: { notices: [], next: null },
    },
    errors: [],
  }),
  replayNotices: route({
    method: "POST",
    path: `${one}/notices`,
    access,
    audit: { action: "notice.replay", id: "incident" },
    summary: "Send dead-lettered messages about an incident again",
    input: z.object({
      ...oneIncident.shape,
      update: z.optional(z.string().check(z.maxLength(12))),
      subscription: z.optional(z.string().check(z.maxLength(64))),
    }),
    replies: {
      200: z.strictObject({ ok: z.literal(true), replayed: z.int(), complete: z.boolean() }),
    },
    example: {
      input: { incident: anIncident.id },
      reply: { ok: true, replayed: 2, complete: true },
    },
    errors: ["conflict"],
  }),
};
