import { createHash } from "node:crypto";
import { componentNames, components } from "../../alarm/component.ts";
import type { PlaceStatus } from "../componentHistory.ts";
import { type ComponentStatus, worstStatus } from "../componentStatus.ts";
import { type Incident, type IncidentUpdate, isInProgress } from "../incident.ts";
import {
  openIncidents,
  openMaintenances,
  overallStatus,
  placeStatuses,
  type Snapshot,
} from "../snapshot.ts";
import { incidentPath, placeName } from "./words.ts";

/** The number of incidents and maintenances in their lists, as at Statuspage. */
const listedMax = 50;

/**
 * The files of Statuspage's API v2 by their paths, with its names and enumerations, so that its
 * client libraries can read them. https://metastatuspage.com/api
 */
export const statuspageFiles = (snapshot: Snapshot): Readonly<Record<string, object>> => {
  const page = pageOf(snapshot);
  const status = overallOf(overallStatus(snapshot));
  const all = componentsOf(snapshot);
  const view = viewer(snapshot, all);
  const incidents = snapshot.incidents.filter(({ type }) => type === "incident");
  const maintenances = snapshot.incidents.filter(({ type }) => type === "maintenance");
  const open = openMaintenances(snapshot);
  const maintenanceList = (list: readonly Incident[]) => ({
    page,
    scheduled_maintenances: list.slice(0, listedMax).map(view),
  });
  const unresolved = openIncidents(snapshot).map(view);
  return {
    "summary.json": {
      page,
      components: all,
      incidents: unresolved,
      scheduled_maintenances: open.map(view),
      status,
    },
    "status.json": { page, status },
    "components.json": { page, components: all },
    "incidents.json": { page, incidents: incidents.slice(0, listedMax).map(view) },
    "incidents/unresolved.json": { page, incidents: unresolved },
    "scheduled-maintenances.json": maintenanceList(maintenances),
    "scheduled-maintenances/upcoming.json": maintenanceList(
      open.filter(({ status }) => status === "scheduled"),
    ),
    "scheduled-maintenances/active.json": maintenanceList(open.filter(isInProgress)),
  };
};

/** An id of twelve letters and digits, as at Statuspage; the same for the same thing. */
export const idOf = (...parts: readonly string[]): string => {
  const digest = createHash("sha256").update(parts.join(" ")).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(0, 12);
};

/** The id of a component in a region. */
export const placeId = ({ component, region }: Pick<PlaceStatus, "component" | "region">): string =>
  idOf("component", component, region);

/** The id of the page. */
export const pageIdOf = ({ title }: Pick<Snapshot, "title">): string => idOf("page", title);

/** ISO 8601 in UTC with milliseconds. */
const time = (at: number): string => new Date(at).toISOString();

const timeOrNull = (at: number | undefined): string | null => (at === undefined ? null : time(at));

const pageOf = (snapshot: Snapshot) => ({
  id: pageIdOf(snapshot),
  name: snapshot.title,
  url: snapshot.url,
  time_zone: "Etc/UTC",
  updated_at: time(changedAt(snapshot)),
});

/** When something on the page changed last. */
export const changedAt = (snapshot: Snapshot): number =>
  Math.max(snapshot.since, ...snapshot.incidents.map(({ updatedAt }) => updatedAt));

const overalls: Readonly<Record<ComponentStatus, { indicator: string; description: string }>> = {
  operational: { indicator: "none", description: "All Systems Operational" },
  under_maintenance: { indicator: "maintenance", description: "Service Under Maintenance" },
  degraded_performance: { indicator: "minor", description: "Partially Degraded Service" },
  partial_outage: { indicator: "major", description: "Partial System Outage" },
  major_outage: { indicator: "critical", description: "Major Service Outage" },
};

const overallOf = (status: ComponentStatus) => overalls[status];

interface ApiComponent {
  readonly id: string;
  readonly name: string;
  readonly status: ComponentStatus;
  readonly created_at: string;
  readonly updated_at: string;
  readonly position: number;
  readonly description: string | null;
  readonly showcase: boolean;
  readonly start_date: string | null;
  readonly group_id: string | null;
  readonly page_id: string;
  readonly group: boolean;
  readonly only_show_if_degraded: boolean;
  readonly components?: readonly string[];
}

/** Each component; with several regions, a group of a component for each region. */
const componentsOf = (snapshot: Snapshot): ApiComponent[] => {
  const statuses = placeStatuses(snapshot);
  const { regions, since } = snapshot;
  const component = ({
    id,
    name,
    status,
    changed = since,
    position,
    group_id = null,
    members,
  }: Pick<ApiComponent, "id" | "name" | "status" | "position"> & {
    readonly changed?: number | undefined;
    readonly group_id?: string | null;
    readonly members?: readonly string[];
  }): ApiComponent => ({
    id,
    name,
    status,
    created_at: time(since),
    updated_at: time(changed),
    position,
    description: null,
    showcase: false,
    start_date: time(since).slice(0, 10),
    group_id,
    page_id: pageIdOf(snapshot),
    group: members !== undefined,
    only_show_if_degraded: false,
    ...(members && { components: members }),
  });
  return components.flatMap((name, i) => {
    const places = statuses.filter((place) => place.component === name);
    const isGroup = regions.length > 1;
    const group_id = isGroup ? idOf("group", name) : null;
    const members = places.map((place, j) =>
      component({
        id: placeId(place),
        name: placeName(place, regions),
        status: place.status,
        changed: place.since,
        position: isGroup ? j + 1 : i + 1,
        group_id,
      }),
    );
    if (group_id === null) return members;
    const group = component({
      id: group_id,
      name: componentNames[name],
      status: worstStatus(places.map(({ status }) => status)),
      changed: Math.max(since, ...places.map((place) => place.since ?? since)),
      position: i + 1,
      members: members.map(({ id }) => id),
    });
    return [group, ...members];
  });
};

/** Returns a function that shows an incident or a maintenance. */
const viewer =
  (snapshot: Snapshot, all: readonly ApiComponent[]) =>
  (incident: Incident): object => {
    const affected = new Set(incident.affected.map(placeId));
    return {
      id: incident.id,
      name: incident.name,
      status: incident.status,
      created_at: time(incident.startedAt),
      updated_at: time(incident.updatedAt),
      monitoring_at: timeOrNull(incident.monitoringAt),
      resolved_at: timeOrNull(incident.resolvedAt),
      impact: incident.type === "maintenance" ? "maintenance" : incident.impact,
      shortlink: `${snapshot.url}/${incidentPath(incident)}`,
      started_at: time(incident.startedAt),
      page_id: pageIdOf(snapshot),
      incident_updates: incident.updates
        .map((update) => updateOf(update, incident, snapshot))
        .reverse(),
      components: all.filter(({ id }) => affected.has(id)),
      ...(incident.type === "maintenance" && {
        scheduled_for: timeOrNull(incident.scheduledFor),
        scheduled_until: timeOrNull(incident.scheduledUntil),
      }),
    };
  };

const updateOf = (update: IncidentUpdate, { id }: Incident, { regions }: Snapshot) => ({
  id: update.id,
  status: update.status,
  body: update.body,
  incident_id: id,
  created_at: time(update.at),
  updated_at: time(update.at),
  display_at: time(update.at),
  affected_components:
    update.changes.length === 0
      ? null
      : update.changes.map((change) => ({
          code: placeId(change),
          name: placeName(change, regions),
          old_status: change.from,
          new_status: change.to,
        })),
  deliver_notifications: true,
  custom_tweet: null,
  tweet_id: null,
});
