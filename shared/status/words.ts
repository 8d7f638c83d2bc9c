import { componentNames } from "../alarm/component.ts";
import { worstStatus } from "./componentStatus.ts";
import type { Affected } from "./incidentRecord.ts";
import { quietMs } from "./limits.ts";

const faults = {
  operational: "No fault",
  under_maintenance: "Maintenance",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
} as const;

/** The name of an incident that alarms opened, by the worst state of all affected components. */
export const automaticName = (places: readonly Affected[]): string =>
  `${faults[worstOf(places)]} of ${namesOf(places)} (${regionsOf(places).join(", ")})`;

/** The text of an automatic update, by the components that are affected now. */
export const automaticBody = (places: readonly Affected[], isUnreadable: boolean): string => {
  if (places.length === 0) {
    return "The affected components work normally again. We continue to monitor them.";
  }
  const regions = regionsOf(places).join(" and ");
  if (isUnreadable) {
    return `The monitoring of ${regions} does not answer. The status of its components is unknown.`;
  }
  return `Monitoring reports: ${faults[worstOf(places)].toLowerCase()} of ${namesOf(places)} in ${regions}.`;
};

/** The text of the update that resolves an automatic incident. */
export const resolvedBody = `No alarm has fired for ${quietMs / 60_000} minutes. This incident is resolved.`;

export const maintenanceBegins = "The maintenance has begun.";
export const maintenanceEnds = "The maintenance is completed.";
export const postmortemPublished = "The postmortem of this incident is published.";

const worstOf = (places: readonly Affected[]) => worstStatus(places.map(({ status }) => status));

const regionsOf = (places: readonly Affected[]): string[] => [
  ...new Set(places.map(({ region }) => region)),
];

const namesOf = (places: readonly Affected[]): string => {
  const names = [...new Set(places.map(({ component }) => componentNames[component]))];
  const last = names.pop();
  return names.length === 0 ? `${last}` : `${names.join(", ")} and ${last}`;
};
