import { componentNames } from "../../alarm/component.ts";
import type { ComponentChange, Incident, IncidentUpdate } from "../../status/incident.ts";
import { idOf, placeId } from "../../status/render/statuspageApi.ts";

/** The names that every message has in common. */
export interface MessageContext {
  /** The id of the status page, its title and its URL, if it has one. */
  readonly page: { readonly id: string; readonly title: string; readonly url?: string | undefined };
  /** The link that ends the subscription. */
  readonly unsubscribe: string;
}

/** The JSON bodies of the messages about one update: the incident, and each changed component. */
export const webhookMessages = (
  incident: Incident,
  update: IncidentUpdate,
  context: MessageContext,
): object[] => [
  incidentMessage(incident, update, context),
  ...update.changes
    .filter(({ from, to }) => from !== to)
    .map((change) => componentMessage({ incident, update, change }, context)),
];

const isoTime = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const envelope = ({ page, unsubscribe }: MessageContext, { impact, name }: Incident) => ({
  meta: { unsubscribe, documentation: "https://www.standardwebhooks.com/" },
  page: { id: page.id, status_indicator: impact, status_description: name },
});

/**
 * The payload of Statuspage for an update of an incident or a maintenance, as it was at the time of
 * the update. https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/
 */
const incidentMessage = (
  incident: Incident,
  update: IncidentUpdate,
  context: MessageContext,
): object => {
  const { id, name, impact, type, startedAt, monitoringAt, resolvedAt } = incident;
  const { postmortem, scheduledFor, scheduledUntil, updates } = incident;
  const isMaintenance = type === "maintenance";
  const known = (at: number | undefined) => (at !== undefined && at <= update.at ? at : undefined);
  return {
    ...envelope(context, incident),
    incident: {
      id,
      name,
      status: update.status,
      impact,
      impact_override: null,
      backfilled: false,
      created_at: isoTime(startedAt),
      updated_at: isoTime(update.at),
      monitoring_at: isoTime(known(monitoringAt)),
      resolved_at: isoTime(known(resolvedAt)),
      shortlink: context.page.url === undefined ? null : `${context.page.url}/incidents/${id}.html`,
      organization_id: context.page.id,
      scheduled_for: isMaintenance ? isoTime(scheduledFor) : null,
      scheduled_until: isMaintenance ? isoTime(scheduledUntil) : null,
      scheduled_auto_transition: isMaintenance,
      scheduled_remind_prior: false,
      scheduled_reminded_at: null,
      postmortem_body: postmortem?.body ?? null,
      postmortem_body_last_updated_at: isoTime(postmortem?.at),
      postmortem_ignored: false,
      postmortem_notified_subscribers: postmortem !== undefined,
      postmortem_notified_twitter: false,
      postmortem_published_at: isoTime(postmortem?.at),
      incident_updates: updates
        .filter(({ at }) => at <= update.at)
        .toReversed()
        .map((each) => updateOf(id, each)),
    },
  };
};

const updateOf = (incident: string, { id, at, status, body }: IncidentUpdate): object => ({
  id,
  incident_id: incident,
  status,
  body,
  created_at: isoTime(at),
  updated_at: isoTime(at),
  display_at: isoTime(at),
  twitter_updated_at: null,
  wants_twitter_update: false,
});

interface Changed {
  readonly incident: Incident;
  readonly update: IncidentUpdate;
  readonly change: ComponentChange;
}

/** The payload of Statuspage for the change of a component. */
const componentMessage = (
  { incident, update, change: { component, region, from, to } }: Changed,
  context: MessageContext,
): object => {
  const id = placeId({ component, region });
  return {
    ...envelope(context, incident),
    component_update: {
      id: idOf(update.id, id),
      component_id: id,
      old_status: from,
      new_status: to,
      created_at: isoTime(update.at),
    },
    component: {
      id,
      name: `${componentNames[component]} (${region})`,
      status: to,
      created_at: isoTime(update.at),
    },
  };
};
