import { Webhook } from "standardwebhooks";
import * as z from "zod";
import type { TargetReply, TargetRequest } from "#shared/target/target.ts";
import { channelProblem } from "../../../flow/support/messageProblem.ts";

/*
 * Strict fakes of paging services: each refuses what the documented schema of the service refuses,
 * and any field that it does not document.
 */

/** A service that answers a request. `open`: the alerts that are open there, by their key. */
export interface Vendor {
  readonly open: Map<string, unknown>;
  answer(request: TargetRequest): TargetReply;
}

const bodyOf = ({ body = "" }: TargetRequest): unknown => JSON.parse(body);
const problems = (error: z.ZodError): string => z.prettifyError(error);
const isoTime = z.iso.datetime({ offset: true });

export const routingKey = "0123456789abcdef0123456789abcdef";

/** https://developer.pagerduty.com/docs/send-alert-event */
const pagerDutyEvent = z.discriminatedUnion("event_action", [
  z.strictObject({
    event_action: z.literal("trigger"),
    routing_key: z.string().length(32),
    dedup_key: z.string().max(255).optional(),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    images: z.array(z.unknown()).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "warning", "error", "info"]),
      timestamp: isoTime.optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({
    event_action: z.enum(["acknowledge", "resolve"]),
    routing_key: z.string().length(32),
    dedup_key: z.string().max(255),
  }),
]);

export const pagerDuty = (): Vendor => {
  const open = new Map<string, unknown>();
  return {
    open,
    answer(request) {
      if (request.method !== "POST" || !request.url.endsWith("/v2/enqueue")) {
        return { status: 404, body: "" };
      }
      const parsed = pagerDutyEvent.safeParse(bodyOf(request));
      if (!parsed.success || parsed.data.routing_key !== routingKey) {
        const errors = parsed.success ? ["Invalid routing key"] : [problems(parsed.error)];
        const message = "Event object is invalid";
        return { status: 400, body: JSON.stringify({ status: "invalid event", message, errors }) };
      }
      const { data } = parsed;
      const key = data.dedup_key ?? "generated";
      if (data.event_action === "trigger") open.set(key, data.payload);
      else open.delete(key);
      return {
        status: 202,
        body: JSON.stringify({ status: "success", message: "Event processed", dedup_key: key }),
      };
    },
  };
};

/** https://docs.opsgenie.com/docs/alert-api */
const opsgenieAlert = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().max(512).optional(),
  description: z.string().max(15_000).optional(),
  responders: z.array(z.unknown()).optional(),
  actions: z.array(z.string().max(50)).max(10).optional(),
  tags: z.array(z.string().max(50)).max(20).optional(),
  details: z.record(z.string(), z.string()).optional(),
  entity: z.string().max(512).optional(),
  source: z.string().max(100).optional(),
  priority: z.enum(["P1", "P2", "P3", "P4", "P5"]).optional(),
  user: z.string().max(100).optional(),
  note: z.string().max(25_000).optional(),
});
const opsgenieClose = z.strictObject({
  user: z.string().max(100).optional(),
  source: z.string().max(100).optional(),
  note: z.string().max(25_000).optional(),
});

export const genieKey = "1b0c7a2e-0000-4000-8000-000000000000";

export const opsgenie = (): Vendor => {
  const open = new Map<string, unknown>();
  return {
    open,
    answer(request) {
      if (request.headers.authorization !== `GenieKey ${genieKey}`) {
        return { status: 403, body: '{"message":"API Key is not valid"}' };
      }
      const url = new URL(request.url);
      const closing = /^\/v2\/alerts\/([^/]+)\/close$/.exec(url.pathname);
      const accepted = { status: 202, body: '{"result":"Request will be processed","took":0.1}' };
      if (closing) {
        const parsed = opsgenieClose.safeParse(bodyOf(request));
        if (url.searchParams.get("identifierType") !== "alias" || !parsed.success) {
          return { status: 422, body: "{}" };
        }
        open.delete(decodeURIComponent(closing[1] ?? ""));
        return accepted;
      }
      if (url.pathname !== "/v2/alerts") return { status: 404, body: "" };
      const parsed = opsgenieAlert.safeParse(bodyOf(request));
      if (!parsed.success) return { status: 422, body: problems(parsed.error) };
      open.set(parsed.data.alias ?? "", parsed.data);
      return accepted;
    },
  };
};

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const labels = z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string());
const alertmanagerMessage = z.strictObject({
  version: z.literal("4"),
  groupKey: z.string(),
  truncatedAlerts: z.int().min(0),
  status: z.enum(["resolved", "firing"]),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.string(),
  alerts: z
    .array(
      z.strictObject({
        status: z.enum(["resolved", "firing"]),
        labels,
        annotations: labels,
        startsAt: isoTime,
        endsAt: isoTime,
        generatorURL: z.string(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

export const alertmanager = (): Vendor => {
  const open = new Map<string, unknown>();
  return {
    open,
    answer(request) {
      const parsed = alertmanagerMessage.safeParse(bodyOf(request));
      if (!parsed.success) return { status: 400, body: problems(parsed.error) };
      for (const alert of parsed.data.alerts) {
        if (alert.status === "firing") open.set(alert.fingerprint, alert);
        else open.delete(alert.fingerprint);
      }
      return { status: 200, body: "" };
    },
  };
};

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/ */
const slackText = z.union([
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(3_000) }),
  z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(3_000) }),
]);
const slackMessage = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("header"),
          text: z.strictObject({
            type: z.literal("plain_text"),
            text: z.string().min(1).max(150),
          }),
        }),
        z.strictObject({ type: z.literal("section"), text: slackText }),
      ]),
    )
    .max(50)
    .optional(),
});

export const slackUrl = "https://hooks.slack.example/services/T000/B000/secret";

export const slack = (): Vendor => {
  const open = new Map<string, unknown>();
  return {
    open,
    answer(request) {
      if (request.url !== slackUrl) return { status: 404, body: "no_service" };
      const parsed = slackMessage.safeParse(bodyOf(request));
      if (!parsed.success) return { status: 400, body: "invalid_payload" };
      const { text } = parsed.data;
      if (text.startsWith("[ended]")) open.clear();
      else open.set(text, parsed.data);
      return { status: 200, body: "ok" };
    },
  };
};

export const signingSecret = `whsec_${Buffer.from("a secret of 24 bytes ...").toString("base64")}`;

/** A receiver that verifies by the reference library of Standard Webhooks. */
export const standardWebhook = (): Vendor => {
  const open = new Map<string, unknown>();
  const message = z.object({
    type: z.enum(["page.trigger", "page.resolve"]),
    timestamp: isoTime,
    data: z.looseObject({ dedup_key: z.string() }),
  });
  return {
    open,
    answer(request) {
      try {
        new Webhook(signingSecret).verify(request.body ?? "", { ...request.headers });
      } catch (error) {
        return { status: 401, body: String(error) };
      }
      const parsed = message.safeParse(bodyOf(request));
      if (!parsed.success) return { status: 400, body: problems(parsed.error) };
      const problem = channelProblem("pageWebhook", request);
      if (problem !== undefined) return { status: 400, body: problem };
      const { type, data } = parsed.data;
      if (type === "page.trigger") open.set(data.dedup_key, data);
      else open.delete(data.dedup_key);
      return { status: 204, body: "" };
    },
  };
};
