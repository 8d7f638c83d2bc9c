import * as z from "zod/mini";
import { eventKeyCharsMax } from "../platform/limits.ts";

/** The payload of `acks/{device}`: the device's own ids of events that are stored. */
export const ackMessage = z.object({
  ids: z.array(z.string().check(z.minLength(1), z.maxLength(eventKeyCharsMax))),
});

/** The payload that acknowledges these events. */
export const encodeAck = (message: z.output<typeof ackMessage>): Uint8Array =>
  Buffer.from(JSON.stringify(message));
