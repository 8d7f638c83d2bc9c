import * as z from "zod";

/** The owner of a product offers it to a member of its team. A product has one open offer at most. */
export const offer = z.object({
  id: z.string(),
  /** The member's name when the offer was made, and their own fleet, which stays. */
  to: z.string(),
  toFleet: z.string(),
  by: z.string(),
  createdAt: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
});

export type Offer = z.output<typeof offer>;

/** A user who owned a product before its present owner. */
export const formerOwner = z.object({
  username: z.string(),
  /** Their own. */
  fleet: z.string(),
  /** Until when they owned it, ISO 8601. */
  until: z.string(),
  /** The offer that was accepted. */
  offer: z.string(),
});

export type FormerOwner = z.output<typeof formerOwner>;
