import type { AlarmRecord, IncidentRecord } from "./incidentRecord.ts";

/** The key of a record: a record replaces another one with the same key. */
export const recordKey = (record: IncidentRecord): string =>
  record.kind === "update"
    ? `${record.incident}#${record.kind}#${record.id}`
    : `${record.incident}#${record.kind}`;

/** The records with each key once: of those of alarms, the one that knows most. */
export const latestRecords = (records: readonly IncidentRecord[]): IncidentRecord[] => {
  const latest = new Map<string, IncidentRecord>();
  for (const record of records) {
    const known = latest.get(recordKey(record));
    const isOlder =
      known?.kind === "alarms" && record.kind === "alarms" && progress(record) < progress(known);
    if (!isOlder) latest.set(recordKey(record), record);
  }
  return [...latest.values()];
};

/** When the record changed last. */
const progress = ({ changes, resolvedAt }: AlarmRecord): number =>
  resolvedAt ?? changes.at(-1)?.at ?? 0;
