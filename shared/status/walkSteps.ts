import type { IncidentState, IncidentUpdate } from "./incident.ts";
import { isOpen } from "./incident.ts";
import { incidentIdOf } from "./incidentId.ts";
import type { Affected, Impact, UpdateRecord } from "./incidentRecord.ts";
import { changesBetween, combined, notOperational } from "./places.ts";
import type { Step } from "./steps.ts";
import {
  automaticBody,
  maintenanceBegins,
  maintenanceEnds,
  postmortemPublished,
  resolvedBody,
} from "./words.ts";

type Status = IncidentUpdate["status"];

/** The course of an incident up to now. */
export interface Course {
  readonly id: string;
  readonly isMaintenance: boolean;
  status: Status | undefined;
  name: string | undefined;
  impact: Impact | undefined;
  monitoringAt: number | undefined;
  resolvedAt: number | undefined;
  /** The affected components by the alarms, and by persons, of each incident. */
  readonly byAlarms: Map<string, readonly Affected[]>;
  readonly byPersons: Map<string, readonly Affected[]>;
  readonly updates: IncidentUpdate[];
  readonly states: IncidentState[];
}

/**
 * Follows the steps of an incident. A person never makes a component better than its alarms state,
 * and cannot resolve an incident while one of them fires.
 */
export const walkSteps = (
  { id, isMaintenance }: { id: string; isMaintenance: boolean },
  steps: readonly Step[],
): Course => {
  const course: Course = {
    id,
    isMaintenance,
    status: undefined,
    name: undefined,
    impact: undefined,
    monitoringAt: undefined,
    resolvedAt: undefined,
    byAlarms: new Map(),
    byPersons: new Map(),
    updates: [],
    states: [],
  };
  for (const step of steps) take(course, step);
  return course;
};

const take = (course: Course, step: Step): void => {
  if (step.kind === "alarms") takeAlarms(course, step);
  else if (step.kind === "quiet") takeQuiet(course, step.at);
  else if (step.kind === "update") takeUpdate(course, step.record);
  else if (step.kind === "mergedUpdate") takeMerged(course, step.record);
  else if (step.kind === "begin") takeBegin(course, step);
  else if (step.kind === "end") takeEnd(course, step);
  else takePostmortem(course, step);
};

const takeAlarms = (course: Course, step: Step & { kind: "alarms" }): void => {
  course.byAlarms.set(step.source, step.affected);
  const affected = affectedBy(course);
  const status = statusUnderAlarms(course, affected.length > 0);
  const isFirst = course.updates.length === 0;
  if (!isFirst && status === course.status && isSame(affected, lastAffected(course))) return;
  automatic(course, step, { status, body: automaticBody(affected, step.isUnreadable) });
};

/** The status after a change of the alarms: what a person stated, as long as it can be true. */
const statusUnderAlarms = ({ status, isMaintenance }: Course, isAffected: boolean): Status => {
  if (isMaintenance && status !== undefined) return status;
  if (status === undefined) return "investigating";
  if (!isAffected) return isOpen({ status }) ? "monitoring" : status;
  return status === "identified" ? status : "investigating";
};

const takeQuiet = (course: Course, at: number): void => {
  if (course.isMaintenance || course.status === undefined) return;
  if (!isOpen({ status: course.status }) || affectedBy(course).length > 0) return;
  automatic(course, { kind: "quiet", at }, { status: "resolved", body: resolvedBody });
};

const takeUpdate = (course: Course, record: UpdateRecord): void => {
  course.name = record.name ?? course.name;
  course.impact = record.impact ?? course.impact;
  if (record.affected) course.byPersons.set(course.id, notOperational(record.affected));
  const isEnd = !isOpen(record);
  const isRefused = isEnd && !course.isMaintenance && firing(course).length > 0;
  if (isEnd && !isRefused) course.byPersons.clear();
  const status = isRefused ? (course.status ?? "investigating") : record.status;
  emit(course, { id: record.id, at: record.at, status, body: record.body, isAutomatic: false });
};

/** The components of a merged incident count until a person merges or ends it. */
const takeMerged = (course: Course, record: UpdateRecord): void => {
  const isOver = record.mergedInto !== undefined || !isOpen(record);
  if (isOver) course.byPersons.delete(record.incident);
  else if (record.affected) course.byPersons.set(record.incident, notOperational(record.affected));
  if (course.states.length === 0 && !isOver) return;
  course.states.push({ at: record.at, affected: affectedBy(course) });
};

const takeBegin = (course: Course, step: Step): void => {
  if (course.status !== "scheduled") return;
  automatic(course, step, { status: "in_progress", body: maintenanceBegins });
};

/** A maintenance that a person began is also ended by a person. */
const takeEnd = (course: Course, step: Step): void => {
  const isAutomatic = course.updates.findLast(({ status }) => status === "in_progress");
  if (course.status !== "in_progress" || !isAutomatic?.isAutomatic) return;
  course.byPersons.clear();
  automatic(course, step, { status: "completed", body: maintenanceEnds });
};

const takePostmortem = (course: Course, step: Step): void => {
  if (course.status !== "resolved") return;
  automatic(course, step, { status: "postmortem", body: postmortemPublished });
};

const automatic = (
  course: Course,
  { kind, at }: Pick<Step, "kind" | "at">,
  { status, body }: Pick<IncidentUpdate, "status" | "body">,
): void =>
  emit(course, {
    id: incidentIdOf(at, `${course.id} ${kind}`),
    at,
    status,
    body,
    isAutomatic: true,
  });

const emit = (course: Course, update: Omit<IncidentUpdate, "changes">): void => {
  const { status, at } = update;
  const before = lastAffected(course);
  course.status = status;
  if (status === "monitoring" || status === "verifying") course.monitoringAt = at;
  const hasEnded = !isOpen({ status });
  course.resolvedAt = hasEnded ? (course.resolvedAt ?? at) : undefined;
  const affected = affectedBy(course);
  course.updates.push({ ...update, changes: changesBetween(before, affected) });
  course.states.push({ at, affected });
};

/** The components that the incident affects now. Those of a maintenance count while it lasts. */
const affectedBy = ({ status, isMaintenance, byAlarms, byPersons }: Course): Affected[] => {
  const isDue = status === "in_progress" || status === "verifying";
  const persons = isMaintenance && !isDue ? [] : [...byPersons.values()];
  return combined([...byAlarms.values(), ...persons]);
};

const firing = ({ byAlarms }: Course): Affected[] => combined(byAlarms.values());

const lastAffected = ({ states }: Course): readonly Affected[] => states.at(-1)?.affected ?? [];

const isSame = (one: readonly Affected[], other: readonly Affected[]): boolean =>
  changesBetween(one, other).every(({ from, to }) => from === to);
