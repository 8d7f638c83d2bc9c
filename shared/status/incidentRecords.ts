import type { IncidentRecord } from "./incidentRecord.ts";

/** Stores the records of incidents and maintenances, for all regions. */
export interface IncidentRecords {
  /**
   * Returns the records of incidents that began at or after `since` (milliseconds since 1970),
   * oldest incident first. At most `incidentRecordsMax`: the newest incidents.
   */
  list(since: number): Promise<readonly IncidentRecord[]>;
  /** Returns the records of one incident. */
  find(incident: string): Promise<readonly IncidentRecord[]>;
  /**
   * Stores a record. An update has its own key; the record of the alarms and the postmortem of an
   * incident replace the former one.
   */
  put(record: IncidentRecord): Promise<void>;
}
