import * as z from "zod/mini";

/**
 * The issue that was corrected: the session was lost; it contradicted the broker; the connection
 * was open but dead; the device was silent and is active again.
 */
export const recoveryIssues = [
  "session_lost",
  "presence_wrong",
  "connection_dead",
  "silent",
] as const;

/** An issue of a device that the cloud corrected in one region. */
export const sessionRecovery = z.object({
  device: z.string(),
  /** The device's fleet at that time. */
  fleet: z.string(),
  region: z.string(),
  issue: z.enum(recoveryIssues),
  /** Milliseconds since 1970. */
  at: z.int(),
});

export type SessionRecovery = z.output<typeof sessionRecovery>;

/** A page of recoveries, newest first, and the start of the next page. */
export interface SessionRecoveryPage {
  readonly recoveries: readonly SessionRecovery[];
  readonly next?: string;
}

/** The recoveries of `recoveryDays`, of all regions. */
export interface SessionRecoveries {
  /** Idempotent. */
  add(sessionRecovery: SessionRecovery): Promise<void>;
  ofDevice(device: string, page: { limit: number; after?: string }): Promise<SessionRecoveryPage>;
  ofFleet(fleet: string, page: { limit: number; after?: string }): Promise<SessionRecoveryPage>;
}
