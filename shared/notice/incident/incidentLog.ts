import * as z from "zod/mini";

/** A change that a person made to an incident, a maintenance or its notices. */
export const logEntry = z.object({
  /** In milliseconds since 1970. */
  at: z.number(),
  /** The username of the operator. */
  by: z.string(),
  action: z.enum(["open", "update", "merge", "resolve", "postmortem", "maintenance", "replay"]),
  incident: z.string(),
  /** The id of the update that the action wrote. */
  update: z.optional(z.string()),
});

export type LogEntry = z.output<typeof logEntry>;

/** The log of changes, for all regions. Entries expire after `incidentLogDays`. */
export interface IncidentLog {
  add(entry: LogEntry): Promise<void>;
  /** The newest entries of an incident, up to `incidentLogMax`, newest first. */
  list(incident: string): Promise<readonly LogEntry[]>;
}
