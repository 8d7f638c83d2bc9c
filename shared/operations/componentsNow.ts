import { components } from "../alarm/component.ts";
import { statusOf } from "../status/componentHistory.ts";
import type { IncidentRecord } from "../status/incidentRecord.ts";
import { incidentsFrom } from "../status/incidentsFrom.ts";
import { latestRecords } from "../status/latestRecords.ts";
import { type MonitoredAlarm, recordsFromAlarms } from "../status/recordsFromAlarms.ts";
import type { ComponentNow } from "./operations.ts";

interface Known {
  readonly regions: readonly string[];
  /** The records of incidents; empty if they were not read. */
  readonly records: readonly IncidentRecord[];
  /** The alarms of each region that answered. */
  readonly alarms: ReadonlyMap<string, readonly MonitoredAlarm[]>;
  readonly now: number;
}

/**
 * The components of all regions, by the rules of the status page and from the alarms as they are
 * now. They do not depend on the function that writes the page.
 */
export const componentsNow = ({ regions, records, alarms, now }: Known): ComponentNow[] => {
  const known = records.filter((record) => record.kind === "alarms");
  const changed = [...alarms].flatMap(([region, active]) =>
    recordsFromAlarms({ region, readAt: now, alarms: active }, known, now),
  );
  const incidents = incidentsFrom(latestRecords([...records, ...changed]), now);
  return regions.flatMap((region) =>
    components.map((component): ComponentNow => {
      const found = statusOf({ component, region }, incidents, now);
      const isKnown = alarms.has(region) || found.status !== "operational";
      return isKnown ? found : { ...found, status: undefined, since: undefined };
    }),
  );
};
