import { createHash } from "node:crypto";
import { dayMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Incident } from "../../status/incident.ts";
import type { IncidentRecord } from "../../status/incidentRecord.ts";
import type { IncidentRecords } from "../../status/incidentRecords.ts";
import { incidentsFrom } from "../../status/incidentsFrom.ts";
import { incidentDays } from "../../status/limits.ts";

interface Deps {
  readonly records: Pick<IncidentRecords, "list">;
  readonly now: () => number;
}

/** An incident with the records that describe it, including those of merged incidents. */
export interface FoundIncident {
  readonly incident: Incident;
  readonly records: readonly IncidentRecord[];
  /** Changes with every update and postmortem of a person, and not with the alarms. */
  readonly version: string;
}

/** All incidents of the last `days`, newest first. */
export const listIncidents = async (
  days: number,
  { records, now }: Deps,
): Promise<FoundIncident[]> => {
  const all = await records.list(now() - days * dayMs);
  return incidentsFrom(all, now()).map((incident) => {
    const own = all.filter((record) => isOf(record, incident));
    return { incident, records: own, version: versionOf(own) };
  });
};

/** Finds an incident. A merged one is part of another. Fails with `not_found`. */
export const findIncident = async (id: string, deps: Deps): Promise<FoundIncident> => {
  const all = await listIncidents(incidentDays, deps);
  const found = all.find(({ incident }) => incident.id === id);
  if (found !== undefined) return found;
  const whole = all.find(({ incident }) => incident.merged.includes(id));
  throw new Failure(
    whole === undefined
      ? `There is no incident ${id}`
      : `The incident ${id} was merged into ${whole.incident.id}`,
    { code: "not_found" },
  );
};

const isOf = (record: IncidentRecord, { id, merged }: Incident): boolean =>
  record.incident === id || merged.includes(record.incident);

const versionOf = (records: readonly IncidentRecord[]): string => {
  const written = records
    .filter(({ kind }) => kind !== "alarms")
    .map((record) =>
      record.kind === "update" ? record.id : `${record.kind} ${JSON.stringify(record)}`,
    );
  return createHash("sha256").update(written.sort().join("\n")).digest("hex").slice(0, 16);
};
