import { type Component, componentNames } from "../../alarm/component.ts";
import type { ComponentStatus } from "../componentStatus.ts";
import type { Incident, IncidentUpdate } from "../incident.ts";

/** The name of each status for people. */
export const statusNames: Readonly<Record<ComponentStatus, string>> = {
  operational: "Operational",
  under_maintenance: "Under maintenance",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
};

/** The words for the whole page. */
export const overallNames: Readonly<Record<ComponentStatus, string>> = {
  operational: "All systems operational",
  under_maintenance: "Maintenance in progress",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
};

export const updateNames: Readonly<Record<IncidentUpdate["status"], string>> = {
  investigating: "Investigating",
  identified: "Identified",
  monitoring: "Monitoring",
  resolved: "Resolved",
  postmortem: "Postmortem",
  scheduled: "Scheduled",
  in_progress: "In progress",
  verifying: "Verifying",
  completed: "Completed",
};

/** The name of a component; with its region if there are several. */
export const placeName = (
  { component, region }: { readonly component: Component; readonly region: string },
  regions: readonly string[],
): string =>
  regions.length === 1 && regions[0] === region
    ? componentNames[component]
    : `${componentNames[component]} (${region})`;

/** The file of an incident, from the root of the page. */
export const incidentPath = ({ id }: Pick<Incident, "id">): string => `incidents/${id}.html`;
