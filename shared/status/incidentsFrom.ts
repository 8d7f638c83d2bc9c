import type { Incident } from "./incident.ts";
import { incidentFrom } from "./incidentFrom.ts";
import type { IncidentRecord, UpdateRecord } from "./incidentRecord.ts";

/**
 * The incidents and maintenances that records describe, newest first. A merged incident is part of
 * the one that continues it. Records of an incident that nothing opened, for example an update that
 * arrived before its incident, are left out.
 */
export const incidentsFrom = (records: readonly IncidentRecord[], now: number): Incident[] => {
  const continuations = continuationsOf(records);
  const groups = Map.groupBy(records, ({ incident }) => rootOf(incident, continuations));
  return [...groups]
    .flatMap(([id, group]) => incidentFrom({ id, records: group }, now) ?? [])
    .sort((one, other) => other.startedAt - one.startedAt || (one.id < other.id ? 1 : -1));
};

/** For each merged incident, the one that continues it. A later update wins. */
const continuationsOf = (records: readonly IncidentRecord[]): Map<string, string> => {
  const opened = new Set(records.filter(isOpening).map(({ incident }) => incident));
  const merges = records
    .filter((record): record is UpdateRecord => record.kind === "update")
    .sort((one, other) => one.at - other.at);
  const continuations = new Map<string, string>();
  for (const { incident, mergedInto } of merges) {
    if (mergedInto !== undefined && opened.has(mergedInto)) continuations.set(incident, mergedInto);
  }
  return continuations;
};

/** Whether the record makes an incident by itself. */
const isOpening = (record: IncidentRecord): boolean =>
  record.kind === "alarms" || (record.kind === "update" && record.opens !== undefined);

/** The last incident of a chain of merges. A circle of merges merges nothing. */
const rootOf = (incident: string, continuations: ReadonlyMap<string, string>): string => {
  const passed = new Set<string>();
  let root = incident;
  for (;;) {
    const next = continuations.get(root);
    if (next === undefined) return root;
    if (passed.has(next)) return incident;
    passed.add(root);
    root = next;
  }
};
