import * as z from "zod/mini";
import { component } from "../alarm/component.ts";
import { componentStatus } from "./componentStatus.ts";
import { incidentId } from "./incidentId.ts";
import {
  affectedMax,
  alarmChangesMax,
  incidentAlarmsMax,
  incidentNameLengthMax,
  postmortemLengthMax,
  updateLengthMax,
} from "./limits.ts";

const text = z.string().check(z.minLength(1));
/** Milliseconds since 1970. */
const time = z.number().check(z.nonnegative());

/** The status of an incident, with the names of Statuspage. */
export const incidentStatus = z.enum([
  "investigating",
  "identified",
  "monitoring",
  "resolved",
  "postmortem",
]);

export type IncidentStatus = z.output<typeof incidentStatus>;

/** The status of a scheduled maintenance, with the names of Statuspage. */
export const maintenanceStatus = z.enum(["scheduled", "in_progress", "verifying", "completed"]);

export type MaintenanceStatus = z.output<typeof maintenanceStatus>;

/** The impact of an incident, with the names of Statuspage. */
export const impact = z.enum(["none", "minor", "major", "critical"]);

export type Impact = z.output<typeof impact>;

/** The status of a component in a region. */
export const affected = z.object({ component, region: text, status: componentStatus });

export type Affected = z.output<typeof affected>;

const affectedList = z.readonly(z.array(affected).check(z.maxLength(affectedMax)));

/** A firing alarm of an incident, for operators. */
const incidentAlarm = z.object({ name: text, sentence: text, since: time });

/**
 * The part of an incident that the alarms of a region determine. Only the status functions write
 * it, each the same from the same alarms.
 */
export const alarmRecord = z.object({
  kind: z.literal("alarms"),
  incident: incidentId,
  region: text,
  /** When the first alarm started. */
  detectedAt: time,
  /** When a status page first showed the incident. */
  shownAt: time,
  /**
   * The affected components since `at`, oldest first: an empty list when no alarm fires. Whether
   * the alarms could not be read, so that the status of the region is unknown.
   */
  changes: z.readonly(
    z
      .array(z.object({ at: time, affected: affectedList, isUnreadable: z.boolean() }))
      .check(z.minLength(1), z.maxLength(alarmChangesMax)),
  ),
  /** The alarms that fire now. */
  alarms: z.readonly(z.array(incidentAlarm).check(z.maxLength(incidentAlarmsMax))),
  resolvedAt: z.optional(time),
});

export type AlarmRecord = z.output<typeof alarmRecord>;

/** What the first update of an incident or a maintenance states that a person opens. */
const opening = z.discriminatedUnion("type", [
  z.object({ type: z.literal("incident") }),
  z.object({ type: z.literal("maintenance"), scheduledFor: time, scheduledUntil: time }),
]);

/**
 * A person's update of an incident or a maintenance. It is written once and never changed, so that
 * updates in two regions are both kept.
 */
export const updateRecord = z.object({
  kind: z.literal("update"),
  incident: incidentId,
  id: incidentId,
  at: time,
  status: z.union([incidentStatus, maintenanceStatus]),
  /** Plain text. */
  body: z.string().check(z.maxLength(updateLengthMax)),
  /** Present in the first update of an incident that a person opens; it then has a name. */
  opens: z.optional(opening),
  /** The name from now on. */
  name: z.optional(text.check(z.maxLength(incidentNameLengthMax))),
  /** The impact from now on, instead of the calculated one. */
  impact: z.optional(impact),
  /** The components that the person reports from now on. Absent: as before. */
  affected: z.optional(affectedList),
  /** The incident that continues this one. */
  mergedInto: z.optional(incidentId),
});

export type UpdateRecord = z.output<typeof updateRecord>;

/** The report after an incident. A later one replaces it. */
export const postmortemRecord = z.object({
  kind: z.literal("postmortem"),
  incident: incidentId,
  at: time,
  /** Markdown. Its HTML is not trusted. */
  body: text.check(z.maxLength(postmortemLengthMax)),
});

export type PostmortemRecord = z.output<typeof postmortemRecord>;

/** A stored part of an incident. `incidentsFrom` combines them. */
export const incidentRecord = z.discriminatedUnion("kind", [
  alarmRecord,
  updateRecord,
  postmortemRecord,
]);

export type IncidentRecord = z.output<typeof incidentRecord>;
