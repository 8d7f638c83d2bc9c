import * as z from "zod/mini";
import { severity } from "../../alarm/alarmText.ts";
import { component } from "../../alarm/component.ts";
import { concernNumbers } from "../../routes/incidentRoutes.ts";
import { isoTime } from "../../routes/replies.ts";
import { componentStatus } from "../../status/componentStatus.ts";
import { impact, incidentStatus, maintenanceStatus } from "../../status/incidentRecord.ts";
import { jsonSchema } from "../jsonSchema.ts";
import type { Channels, Message, SendUse } from "./channel.ts";
import { describe } from "./describe.ts";

const headers = {
  type: "object",
  description:
    "Signed by Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks. The secret is that of the subscription or of the receiver.",
  properties: {
    "webhook-id": { type: "string", description: "The same for each attempt at a message." },
    "webhook-timestamp": {
      type: "string",
      pattern: "^[0-9]{10}$",
      description: "The time of the attempt, in seconds since 1970.",
    },
    "webhook-signature": {
      type: "string",
      pattern: "^v1,[A-Za-z0-9+/]{43}=$",
      description: "`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`.",
    },
    "content-type": { type: "string" },
  },
  required: ["webhook-id", "webhook-timestamp", "webhook-signature"],
};

const time = z.nullable(isoTime);
const status = z.union([incidentStatus, maintenanceStatus]);

const envelope = {
  meta: z.strictObject({ unsubscribe: z.string(), documentation: z.string() }),
  page: z.strictObject({
    id: z.string(),
    status_indicator: impact,
    status_description: z.string(),
  }),
  /** For a contact of a product, in the first request about an update. */
  concern: z.optional(concernNumbers),
};

const incidentUpdate = z.strictObject({
  id: z.string(),
  incident_id: z.string(),
  status,
  body: z.string(),
  created_at: time,
  updated_at: time,
  display_at: time,
  twitter_updated_at: z.null(),
  wants_twitter_update: z.literal(false),
});

const incidentMessage = z.strictObject({
  ...envelope,
  incident: z.strictObject({
    id: z.string(),
    name: z.string(),
    status,
    impact,
    impact_override: z.null(),
    backfilled: z.literal(false),
    created_at: time,
    updated_at: time,
    monitoring_at: time,
    resolved_at: time,
    shortlink: z.nullable(z.string()),
    organization_id: z.string(),
    scheduled_for: time,
    scheduled_until: time,
    scheduled_auto_transition: z.boolean(),
    scheduled_remind_prior: z.literal(false),
    scheduled_reminded_at: z.null(),
    postmortem_body: z.nullable(z.string()),
    postmortem_body_last_updated_at: time,
    postmortem_ignored: z.literal(false),
    postmortem_notified_subscribers: z.boolean(),
    postmortem_notified_twitter: z.literal(false),
    postmortem_published_at: time,
    incident_updates: z.array(incidentUpdate),
  }),
});

const componentMessage = z.strictObject({
  ...envelope,
  component_update: z.strictObject({
    id: z.string(),
    component_id: z.string(),
    old_status: componentStatus,
    new_status: componentStatus,
    created_at: time,
  }),
  component: z.strictObject({
    id: z.string(),
    name: z.string(),
    status: componentStatus,
    created_at: time,
  }),
});

const reportMessage = z.strictObject({
  meta: z.strictObject({ unsubscribe: z.string() }),
  report: z.string(),
  concern: z.optional(concernNumbers),
});

const verification = z.strictObject({
  type: z.literal("subscription.verification"),
  challenge: z.string(),
});

const page = z.strictObject({
  type: z.enum(["page.trigger", "page.resolve"]),
  timestamp: isoTime,
  data: z.strictObject({
    id: z.string(),
    dedup_key: z.string(),
    state: z.enum(["open", "resolved"]),
    region: z.string(),
    summary: z.string(),
    severity,
    components: z.array(component),
    parts: z.array(z.string()),
    reason: z.string(),
    runbook: z.nullable(z.string()),
    since: isoTime,
    resolved_at: time,
    acknowledge_url: z.nullable(z.string()),
  }),
});

const at = "2026-12-01T10:00:00.000Z";
const exampleEnvelope = {
  meta: {
    unsubscribe: "https://api.example.com/v1/status/subscriptions/unsubscribe?token=secret",
    documentation: "https://www.standardwebhooks.com/",
  },
  page: { id: "0a1b2c3d4e5f", status_indicator: "major", status_description: "Late deliveries" },
} as const;
const anUpdate = {
  id: "u1",
  incident_id: "3kxq1p0a9f2c",
  status: "investigating",
  body: "Deliveries are late.",
  created_at: at,
  updated_at: at,
  display_at: at,
  twitter_updated_at: null,
  wants_twitter_update: false,
} as const;
const anIncident: z.input<typeof incidentMessage> = {
  ...exampleEnvelope,
  incident: {
    id: "3kxq1p0a9f2c",
    name: "Late deliveries",
    status: "investigating",
    impact: "major",
    impact_override: null,
    backfilled: false,
    created_at: at,
    updated_at: at,
    monitoring_at: null,
    resolved_at: null,
    shortlink: "https://status.example.com/incidents/3kxq1p0a9f2c.html",
    organization_id: "0a1b2c3d4e5f",
    scheduled_for: null,
    scheduled_until: null,
    scheduled_auto_transition: false,
    scheduled_remind_prior: false,
    scheduled_reminded_at: null,
    postmortem_body: null,
    postmortem_body_last_updated_at: null,
    postmortem_ignored: false,
    postmortem_notified_subscribers: false,
    postmortem_notified_twitter: false,
    postmortem_published_at: null,
    incident_updates: [anUpdate],
  },
};
const aComponent: z.input<typeof componentMessage> = {
  ...exampleEnvelope,
  component_update: {
    id: "c1",
    component_id: "integrations-us-east-1",
    old_status: "operational",
    new_status: "partial_outage",
    created_at: at,
  },
  component: {
    id: "integrations-us-east-1",
    name: "Integrations (us-east-1)",
    status: "partial_outage",
    created_at: at,
  },
};
const aPage: z.input<typeof page> = {
  type: "page.trigger",
  timestamp: at,
  data: {
    id: "0f8c3a5d2b7e",
    dedup_key: "us-east-1/godwit-DeliveriesLate",
    state: "open",
    region: "us-east-1",
    summary: "Deliveries are late.",
    severity: "error",
    components: ["integrations"],
    parts: [],
    reason: "The oldest delivery is 20 minutes late.",
    runbook: "https://example.com/docs/runbook.md#deliveries-are-late",
    since: at,
    resolved_at: null,
    acknowledge_url: null,
  },
};

const exampleHeaders = {
  "webhook-id": "msg_0f8c3a5d2b7e4c19",
  "webhook-timestamp": "1795176000",
  "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
};

const message = (summary: string, payload: Message["payload"], example: unknown): Message => ({
  summary,
  headers,
  payload,
  examples: [{ headers: exampleHeaders, payload: example }],
});

const post = (summary: string) => ({
  summary,
  bindings: { http: { method: "POST", bindingVersion: "0.3.0" } },
});

/** The requests to webhooks that subscribe to the status page, and to receivers of pages. */
export const noticeChannels = (use: SendUse): Channels => ({
  statusWebhook: {
    server: "target",
    address: null,
    summary:
      "The URL of a subscription of the status page, or of a contact of a product. The bodies about updates are those of Statuspage.",
    messages: {
      statusVerification: message(
        "The first request. The subscription is active when the answer is 2xx and contains the challenge.",
        jsonSchema(verification, use),
        { type: "subscription.verification", challenge: "5d2b7e4c19a6d0e1f2a3b4c5d60f8c3a" },
      ),
      statusIncident: message(
        "An update of an incident or a maintenance, with all updates before it.",
        jsonSchema(incidentMessage, use),
        anIncident,
      ),
      statusComponent: message(
        "A component changed its status by an update.",
        jsonSchema(componentMessage, use),
        aComponent,
      ),
      statusReport: message(
        "After the end of an incident, for a contact of a product: a report in Markdown.",
        describe(jsonSchema(reportMessage, use), {
          concern: "What the incident meant for the product.",
        }),
        {
          meta: { unsubscribe: exampleEnvelope.meta.unsubscribe },
          report: "# Late deliveries\n\n- Started: 2026-12-01T10:00:00.000Z",
        },
      ),
    },
    send: {
      sendStatus: post(
        "The cloud sends a message to the webhook. Failures are repeated six times within 20 hours; 410 ends the message.",
      ),
    },
  },
  pageWebhook: {
    server: "target",
    address: null,
    summary:
      "The URL of a receiver of pages of the kind `webhook`. Other kinds have the formats of their services.",
    messages: {
      page: message(
        "A page begins (`page.trigger`) or ends (`page.resolve`).",
        jsonSchema(page, use),
        aPage,
      ),
    },
    send: { sendPage: post("The cloud notifies the receiver, with growing waits after failures.") },
  },
});
