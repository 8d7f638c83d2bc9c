import * as z from "zod/mini";

/**
 * What was wrong: the session was lost; it said other than the broker; the connection was open and dead; the device was
 * silent, and is heard again.
 */
export const ills = ["session_lost", "presence_wrong", "connection_dead", "silent"] as const;

/** Something that the cloud set right by itself in one region. */
export const healing = z.object({
  device: z.string(),
  /** The device's fleet at that time. */
  fleet: z.string(),
  region: z.string(),
  ill: z.enum(ills),
  /** Milliseconds since 1970. */
  at: z.int(),
});

export type Healing = z.output<typeof healing>;

/** A page of what was healed, newest first, and where the next one begins. */
export interface HealingPage {
  readonly healings: readonly Healing[];
  readonly next?: string;
}

/** What was healed within `healingDays`, in every region. */
export interface Healings {
  /** The same again changes nothing. */
  add(healing: Healing): Promise<void>;
  ofDevice(device: string, page: { limit: number; after?: string }): Promise<HealingPage>;
  ofFleet(fleet: string, page: { limit: number; after?: string }): Promise<HealingPage>;
}
