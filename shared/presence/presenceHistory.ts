import * as z from "zod/mini";

/** A change of the connection of a device in a region. */
export const presenceChange = z.object({
  device: z.string(),
  /** The device's fleet at that time. */
  fleet: z.string(),
  region: z.string(),
  /** Milliseconds since 1970. */
  at: z.int(),
  online: z.boolean(),
  /** The broker's reason of a disconnect, if it is known. */
  reason: z.optional(z.string()),
  /** The revision of the session that has the change, and its number in that revision. */
  write: z.int(),
  index: z.int(),
});

export type PresenceChange = z.output<typeof presenceChange>;

/** The latest changes of presence of each device, in all regions. */
export interface PresenceHistory {
  /** Idempotent. A later change replaces the one of `presenceWritesMax` revisions before. */
  add(change: PresenceChange): Promise<void>;
  /** The changes of `presenceDays`, newest first, of all regions. */
  list(device: string): Promise<PresenceChange[]>;
}

/** The newest change first; changes of one time in the order in which they were made. */
export const newestChangeFirst = (one: PresenceChange, other: PresenceChange): number =>
  other.at - one.at || other.write - one.write || other.index - one.index;
