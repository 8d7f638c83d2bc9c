import * as z from "zod/mini";

/** When it was ordered, in milliseconds since 1970. */
const orderedAt = z.number();

/**
 * A mail that somebody is to get, as it waits in the queue. The token that the mail is about is made when it is sent: no queue
 * holds one.
 */
export const mailRequest = z.discriminatedUnion("kind", [
  /** Whoever has this name, if there is such a user, may replace their password. */
  z.object({ kind: z.literal("password-reset"), username: z.string(), orderedAt }),
  /** A user wants another address for their name. */
  z.object({
    kind: z.literal("change-address"),
    username: z.string(),
    fleet: z.string(),
    to: z.string(),
    invalidateTokens: z.boolean(),
    /** The user's, when their password was checked. */
    sessionGeneration: z.optional(z.string()),
    orderedAt,
  }),
  /** A person is invited to a product's team. */
  z.object({
    kind: z.literal("invitation"),
    to: z.string(),
    product: z.number(),
    productName: z.string(),
    role: z.string(),
    invitedBy: z.string(),
    orderedAt,
  }),
  /** A product is offered to a member of its team. */
  z.object({
    kind: z.literal("ownership-offer"),
    to: z.string(),
    by: z.string(),
    product: z.number(),
    productName: z.string(),
    orderedAt,
  }),
]);

export type MailRequest = z.output<typeof mailRequest>;

/** Where mails wait for the function that sends them. */
export interface MailQueue {
  send(request: MailRequest): Promise<void>;
}
