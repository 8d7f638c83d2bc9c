import * as z from "zod/mini";

/** Time of the request, in milliseconds since 1970. */
const orderedAt = z.number();

/**
 * A mail to send, as queued. The token in the mail is created when it is sent, so no queue contains
 * a token.
 */
export const mailRequest = z.discriminatedUnion("kind", [
  /** A password reset for the user with this name, if there is one. */
  z.object({ kind: z.literal("password-reset"), username: z.string(), orderedAt }),
  /** A change of a user's address. */
  z.object({
    kind: z.literal("change-address"),
    username: z.string(),
    fleet: z.string(),
    to: z.string(),
    invalidateTokens: z.boolean(),
    /** The user's session generation when their password was verified. */
    sessionGeneration: z.optional(z.string()),
    orderedAt,
  }),
  /** An invitation to the team of a product. */
  z.object({
    kind: z.literal("invitation"),
    to: z.string(),
    product: z.number(),
    productName: z.string(),
    role: z.string(),
    invitedBy: z.string(),
    orderedAt,
  }),
  /** An offer of a product to a member of its team. */
  z.object({
    kind: z.literal("ownership-offer"),
    to: z.string(),
    by: z.string(),
    product: z.number(),
    productName: z.string(),
    orderedAt,
  }),
  /** A notice about a limit of usage, for the user, or for the owner of the product. */
  z.object({
    kind: z.literal("usage-notice"),
    username: z.string(),
    product: z.optional(z.number()),
    /** What is limited, for example "device 0123… by month". */
    subject: z.string(),
    /** The percentage of the limit; absent for a forecast. */
    percent: z.optional(z.number()),
    used: z.number(),
    limit: z.number(),
    action: z.string(),
    /** When the limit is reached at the present rate, and when the period ends, in ISO 8601. */
    reachedAt: z.optional(z.string()),
    endsAt: z.string(),
    orderedAt,
  }),
]);

export type MailRequest = z.output<typeof mailRequest>;

/** The queue of the function that sends mails. */
export interface MailQueue {
  send(request: MailRequest): Promise<void>;
}
