import type { Affected, AlarmRecord, IncidentRecord, UpdateRecord } from "./incidentRecord.ts";

/** Something that changes an incident, at a time in milliseconds since 1970. */
export type Step = { readonly at: number } & (
  | {
      readonly kind: "alarms";
      readonly source: string;
      readonly affected: readonly Affected[];
      readonly isUnreadable: boolean;
    }
  | { readonly kind: "quiet"; readonly source: string }
  | { readonly kind: "update"; readonly record: UpdateRecord }
  | { readonly kind: "mergedUpdate"; readonly record: UpdateRecord }
  | { readonly kind: "begin" | "end" | "postmortem" }
);

interface StepsOptions {
  /** The times of a maintenance; undefined for an incident. */
  readonly maintenance:
    | { readonly scheduledFor: number; readonly scheduledUntil: number }
    | undefined;
  readonly now: number;
}

/** The steps of an incident and of those that were merged into it, oldest first. */
export const stepsOf = (
  id: string,
  records: readonly IncidentRecord[],
  { maintenance, now }: StepsOptions,
): Step[] => {
  const steps = records.flatMap((record) => stepsOfRecord(id, record));
  if (maintenance !== undefined) {
    steps.push({ kind: "begin", at: maintenance.scheduledFor });
    steps.push({ kind: "end", at: maintenance.scheduledUntil });
  }
  return steps.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
};

const stepsOfRecord = (id: string, record: IncidentRecord): Step[] => {
  switch (record.kind) {
    case "alarms":
      return stepsOfAlarms(record);
    case "update": {
      const kind = record.incident === id ? "update" : "mergedUpdate";
      return [{ kind, at: record.at, record }];
    }
    case "postmortem":
      return record.incident === id ? [{ kind: "postmortem", at: record.at }] : [];
  }
};

const stepsOfAlarms = (record: AlarmRecord): Step[] => {
  const { incident: source, changes, resolvedAt } = record;
  const steps: Step[] = changes.map((change) => ({
    kind: "alarms",
    source,
    ...change,
  }));
  if (resolvedAt !== undefined) steps.push({ kind: "quiet", source, at: resolvedAt });
  return steps;
};
