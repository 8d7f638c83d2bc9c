import * as z from "zod/mini";

/**
 * What was wrong: the session was lost; it said other than the broker; the connection was open and dead; the device was
 * silent, and is heard again.
 */
export const recoveryIssues = [
  "session_lost",
  "presence_wrong",
  "connection_dead",
  "silent",
] as const;

/** Something that the cloud set right by itself in one region. */
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

/** A page of what was healed, newest first, and where the next one begins. */
export interface SessionRecoveryPage {
  readonly recoveries: readonly SessionRecovery[];
  readonly next?: string;
}

/** What was healed within `recoveryDays`, in every region. */
export interface SessionRecoveries {
  /** The same again changes nothing. */
  add(sessionRecovery: SessionRecovery): Promise<void>;
  ofDevice(device: string, page: { limit: number; after?: string }): Promise<SessionRecoveryPage>;
  ofFleet(fleet: string, page: { limit: number; after?: string }): Promise<SessionRecoveryPage>;
}
