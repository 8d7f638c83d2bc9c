import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.nonnegative());

/**
 * Which integrations an accepted event goes to, as somebody planned it who had its message. The last plan of a
 * message counts: who died may have planned before, when other integrations were there.
 */
export const plan = z.object({
  /** The event's id. With the next it names the message: a repeat by the device is accepted at another time. */
  event: text,
  /** When the broker took it, in milliseconds since 1970. */
  acceptedAt: time,
  /** When this was planned. */
  at: time,
  /** Ids of integrations. None: all of the event was queued by another message of it. */
  to: z.array(text),
});

export type Plan = z.output<typeof plan>;
