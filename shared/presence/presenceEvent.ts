import * as z from "zod/mini";

/**
 * What the broker says when a client comes or goes. It may say so late, in another order, and twice.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
export const presenceEvent = z.object({
  eventType: z.enum(["connected", "disconnected"]),
  /** Milliseconds since 1970, approximate. */
  timestamp: z.int().check(z.nonnegative()),
  /** Names the connection; the same when it comes and when it goes. */
  sessionIdentifier: z.string().check(z.minLength(1)),
  versionNumber: z.optional(z.int()),
  disconnectReason: z.optional(z.string()),
  ipAddress: z.optional(z.nullable(z.string())),
});

export type PresenceEvent = z.output<typeof presenceEvent>;
