import { createHash } from "node:crypto";
import type { TargetRequest } from "../../target/target.ts";
import { jsonRequest } from "./jsonRequest.ts";
import { type Notice, runbookUrl } from "./notice.ts";

/** Go's zero time: the alert has not ended. */
const noEnd = "0001-01-01T00:00:00Z";

/**
 * A notification in the format of Alertmanager's webhooks, version 4, with one alert.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerRequest = (
  notice: Notice,
  {
    name,
    url,
    secret,
  }: { readonly name: string; readonly url: string; readonly secret?: string | undefined },
): TargetRequest => {
  const { page, event } = notice;
  const status = event === "resolve" ? "resolved" : "firing";
  const labels = {
    alertname: page.key,
    severity: page.severity,
    region: page.region,
    source: page.source,
    ...(page.components.length > 0 && { components: page.components.join(",") }),
  };
  const runbook = runbookUrl(notice) ?? notice.runbook;
  const annotations = {
    summary: page.summary,
    description: page.reason,
    ...(page.slice.length > 0 && { parts: page.slice.join("; ") }),
    ...(runbook !== undefined && { runbook_url: runbook }),
    ...(event === "trigger" && page.ackUrl !== undefined && { acknowledge_url: page.ackUrl }),
  };
  const alert = {
    status,
    labels,
    annotations,
    startsAt: new Date(page.since).toISOString(),
    endsAt: event === "resolve" ? new Date(page.resolvedAt ?? notice.now).toISOString() : noEnd,
    generatorURL: runbookUrl(notice) ?? "",
    fingerprint: createHash("sha256").update(page.dedupKey).digest("hex").slice(0, 16),
  };
  return jsonRequest(
    url,
    {
      version: "4",
      groupKey: page.dedupKey,
      truncatedAlerts: 0,
      status,
      receiver: name,
      groupLabels: { alertname: page.key },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: "",
      alerts: [alert],
    },
    secret === undefined ? {} : { authorization: `Bearer ${secret}` },
  );
};
