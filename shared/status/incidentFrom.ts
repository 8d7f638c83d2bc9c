import { worstStatus } from "./componentStatus.ts";
import type { Incident } from "./incident.ts";
import type {
  Affected,
  AlarmRecord,
  Impact,
  IncidentRecord,
  PostmortemRecord,
  UpdateRecord,
} from "./incidentRecord.ts";
import { combined, notOperational, placeKey } from "./places.ts";
import { stepsOf } from "./steps.ts";
import { type Course, walkSteps } from "./walkSteps.ts";
import { automaticName } from "./words.ts";

/** The records of an incident, and those of the incidents that were merged into it. */
export interface IncidentParts {
  readonly id: string;
  readonly records: readonly IncidentRecord[];
}

/** The incident that its records describe; undefined if none of them opens it. */
export const incidentFrom = ({ id, records }: IncidentParts, now: number): Incident | undefined => {
  const own = records.filter(({ incident }) => incident === id);
  const alarmRecords = records.filter((record) => record.kind === "alarms");
  const isAutomatic = own.some(({ kind }) => kind === "alarms");
  const opens = openingOf(own);
  if (opens === undefined && !isAutomatic) return undefined;
  const maintenance = opens?.type === "maintenance" ? opens : undefined;
  const steps = stepsOf(id, records, { maintenance, now });
  const course = walkSteps({ id, isMaintenance: maintenance !== undefined }, steps);
  const [first] = course.updates;
  const last = course.updates.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const everAffected = notOperational(combined(course.states.map(({ affected }) => affected)));
  return {
    id,
    type: opens?.type ?? "incident",
    name: course.name ?? automaticName(everAffected),
    status: last.status,
    impact: course.impact ?? impactOf(everAffected),
    isAutomatic,
    startedAt: Math.min(first.at, ...alarmRecords.map(({ detectedAt }) => detectedAt)),
    ...timesOf(alarmRecords),
    monitoringAt: course.monitoringAt,
    resolvedAt: course.resolvedAt,
    updatedAt: last.at,
    scheduledFor: maintenance?.scheduledFor,
    scheduledUntil: maintenance?.scheduledUntil,
    affected: withStatusNow(combined([everAffected, announced(own)]), course),
    alarms: alarmRecords.flatMap(({ region, alarms }) =>
      alarms.map((alarm) => ({ ...alarm, region })),
    ),
    updates: course.updates,
    states: course.states,
    postmortem: postmortemOf(own),
    merged: [...new Set(records.map(({ incident }) => incident))].filter((other) => other !== id),
  };
};

const isUpdate = (record: IncidentRecord): record is UpdateRecord => record.kind === "update";

const isPostmortem = (record: IncidentRecord): record is PostmortemRecord =>
  record.kind === "postmortem";

const byTime = (one: { readonly at: number }, other: { readonly at: number }): number =>
  one.at - other.at;

/** What the latest opening update states: a maintenance can be moved. */
const openingOf = (own: readonly IncidentRecord[]): UpdateRecord["opens"] =>
  own
    .filter(isUpdate)
    .sort(byTime)
    .findLast(({ opens }) => opens !== undefined)?.opens;

/** When the first alarm was detected and when a page first showed it. */
const timesOf = (records: readonly AlarmRecord[]): Pick<Incident, "detectedAt" | "shownAt"> => {
  const first = records.toSorted((one, other) => one.detectedAt - other.detectedAt)[0];
  return { detectedAt: first?.detectedAt, shownAt: first?.shownAt };
};

/** The components that a person named last, for a maintenance that has not begun. */
const announced = (own: readonly IncidentRecord[]): readonly Affected[] =>
  own
    .filter(isUpdate)
    .sort(byTime)
    .findLast(({ affected }) => affected !== undefined)?.affected ?? [];

const withStatusNow = (places: readonly Affected[], { states }: Course): Affected[] => {
  const now = new Map(states.at(-1)?.affected.map((place) => [placeKey(place), place.status]));
  return places.map((place) => ({ ...place, status: now.get(placeKey(place)) ?? "operational" }));
};

const postmortemOf = (own: readonly IncidentRecord[]): Incident["postmortem"] => {
  const last = own.filter(isPostmortem).sort(byTime).at(-1);
  return last && { at: last.at, body: last.body };
};

/** https://support.atlassian.com/statuspage/docs/create-an-incident/ */
const impactOf = (places: readonly Affected[]): Impact => {
  switch (worstStatus(places.map(({ status }) => status))) {
    case "degraded_performance":
      return "minor";
    case "partial_outage":
      return "major";
    case "major_outage":
      return "critical";
    default:
      return "none";
  }
};
