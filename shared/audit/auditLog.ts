import type { AuditEntry, AuditIntent, AuditOutcome } from "./auditEntry.ts";

/** The log with the entries that belong to no fleet. No user and no product has such a fleet. */
export const deploymentLog = "deployment";

/** The entries to list: those of a fleet in a time span, newest first. */
export interface AuditQuery {
  readonly fleet: string;
  /** In milliseconds since 1970, both inclusive. */
  readonly since: number;
  readonly until: number;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** Whether an entry is listed. */
  readonly matches: (entry: AuditEntry) => boolean;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Absent on the last page. A page that is not the last one may have few entries. */
  readonly next?: string;
}

/**
 * Who has changed what in a fleet, for `auditDays`. It can only grow: no function can change or
 * remove an entry.
 */
export interface AuditLog {
  /**
   * Stores an entry before its change. Returns `false` if there is one with the same fleet, time
   * and id. Fails if it cannot be stored: then nothing may change.
   */
  begin(intent: AuditIntent): Promise<boolean>;
  /** Stores the outcome of an entry. The first outcome stays. */
  end(intent: Pick<AuditIntent, "fleet" | "at" | "id">, outcome: AuditOutcome): Promise<void>;
  list(query: AuditQuery): Promise<AuditPage>;
}
