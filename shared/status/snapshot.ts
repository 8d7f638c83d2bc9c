import { components } from "../alarm/component.ts";
import { type Place, type PlaceStatus, statusOf } from "./componentHistory.ts";
import { type ComponentStatus, worstStatus } from "./componentStatus.ts";
import type { DrillResult } from "./drills/drillResult.ts";
import { type Incident, isOpen } from "./incident.ts";

/** What the operator chooses for the page. */
export interface PageSettings {
  readonly title: string;
  /** The public address of the page, without a slash at its end. */
  readonly url: string;
  readonly supportUrl: string | undefined;
  /** The route that accepts subscriptions; undefined for a page without a form. */
  readonly subscribeUrl: string | undefined;
  /** The addresses of the same page from other regions. */
  readonly otherUrls: readonly string[];
  readonly regions: readonly string[];
}

/** Everything that the files of the page are rendered from. */
export interface Snapshot extends PageSettings {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Since when the page exists. */
  readonly since: number;
  /** Newest first. */
  readonly incidents: readonly Incident[];
  readonly drills: readonly DrillResult[];
  /** What the page could not read, so that it shows the last known state. */
  readonly problems: readonly string[];
}

/** All components, by region, in the order of the page. */
export const placesOf = ({ regions }: Pick<Snapshot, "regions">): Place[] =>
  components.flatMap((component) => regions.map((region) => ({ component, region })));

/** The status of each component in each region. */
export const placeStatuses = (snapshot: Snapshot): PlaceStatus[] =>
  placesOf(snapshot).map((place) => statusOf(place, snapshot.incidents, snapshot.now));

/** The status of everything: the worst one. */
export const overallStatus = (snapshot: Snapshot): ComponentStatus =>
  worstStatus(placeStatuses(snapshot).map(({ status }) => status));

/** Incidents that have not ended, newest first. */
export const openIncidents = ({ incidents }: Pick<Snapshot, "incidents">): Incident[] =>
  incidents.filter((incident) => incident.type === "incident" && isOpen(incident));

/** Maintenances that have not ended, the next one first. */
export const openMaintenances = ({ incidents }: Pick<Snapshot, "incidents">): Incident[] =>
  incidents
    .filter((incident) => incident.type === "maintenance" && isOpen(incident))
    .sort((one, other) => (one.scheduledFor ?? 0) - (other.scheduledFor ?? 0));

/**
 * The median of the time between the start of an alarm and its appearance on the page, in
 * milliseconds; undefined without automatic incidents.
 */
export const medianDelayMs = ({ incidents }: Pick<Snapshot, "incidents">): number | undefined => {
  const delays = incidents
    .flatMap(({ detectedAt, shownAt }) =>
      detectedAt === undefined || shownAt === undefined ? [] : [shownAt - detectedAt],
    )
    .sort((one, other) => one - other);
  const upper = delays[Math.floor(delays.length / 2)];
  const lower = delays[Math.floor((delays.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
};
