import type { FoundIncident } from "#shared/notice/incident/findIncident.ts";
import type { LogEntry } from "#shared/notice/incident/incidentLog.ts";
import type { Notice } from "#shared/notice/outbox/notice.ts";
import type { IncidentBody, NoticeBody } from "#shared/routes/incidentRoutes.ts";

const isoTime = (ms: number): string => new Date(ms).toISOString();
const isoTimeOrNull = (ms: number | undefined): string | null =>
  ms === undefined ? null : isoTime(ms);

/** An incident or a maintenance, for operators. */
export const incidentView = ({ incident, version }: FoundIncident): IncidentBody => ({
  id: incident.id,
  type: incident.type,
  name: incident.name,
  status: incident.status,
  impact: incident.impact,
  automatic: incident.isAutomatic,
  started_at: isoTime(incident.startedAt),
  detected_at: isoTimeOrNull(incident.detectedAt),
  shown_at: isoTimeOrNull(incident.shownAt),
  resolved_at: isoTimeOrNull(incident.resolvedAt),
  scheduled_for: isoTimeOrNull(incident.scheduledFor),
  scheduled_until: isoTimeOrNull(incident.scheduledUntil),
  affected: incident.affected.map(({ component, region, status }) => ({
    component,
    region,
    status,
  })),
  alarms: incident.alarms.map(({ name, region, since }) => ({
    name,
    region,
    since: isoTime(since),
  })),
  updates: incident.updates.map(({ id, at, status, body, isAutomatic }) => ({
    id,
    at: isoTime(at),
    status,
    body,
    automatic: isAutomatic,
  })),
  postmortem: incident.postmortem
    ? { at: isoTime(incident.postmortem.at), body: incident.postmortem.body }
    : null,
  merged: [...incident.merged],
  version,
});

/** A message to a subscriber, with its attempts. */
export const noticeView = (notice: Notice): NoticeBody => ({
  incident: notice.incident,
  update: notice.update,
  subscription: notice.subscription,
  kind: notice.kind,
  target: notice.target,
  state: notice.state,
  attempts: notice.attempts,
  error: notice.error ?? null,
  created_at: isoTime(notice.createdAt),
  tried_at: isoTimeOrNull(notice.triedAt),
  next_attempt_at: notice.state === "waiting" ? isoTime(notice.dueAt) : null,
});

/** A change that a person made. */
export const logEntryView = ({ at, by, action, update }: LogEntry) => ({
  at: isoTime(at),
  by,
  action,
  update: update ?? null,
});
