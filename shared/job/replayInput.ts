import * as z from "zod/mini";
import { reasonCharsMax, replayIdsMax } from "../delivery/limits.ts";
import { deviceNameCharsMax } from "../device/limits.ts";
import { flag } from "../input/flag.ts";
import { time } from "../input/time.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { topicBytesMax } from "../platform/quotas.ts";
import { jobPerSecondDefault, jobPerSecondMax } from "./limits.ts";

/** Options of a job: `plan` only estimates it. */
export const jobInput = {
  plan: z._default(flag, false),
  perSecond: z._default(wholeNumber(1, jobPerSecondMax), jobPerSecondDefault),
};

/**
 * Selects dead letters. All given conditions must match. An empty text is rejected: it would match
 * every dead letter, as a variable without a value in a script does.
 */
export const filterInput = z.object({
  from: z.optional(time),
  to: z.optional(time),
  reason: z.optional(z.string().check(z.minLength(1), z.maxLength(reasonCharsMax))),
  status: z.optional(wholeNumber(100, 599)),
  event: z.optional(z.string().check(z.minLength(1), z.maxLength(topicBytesMax))),
  /** Device id or name. */
  device: z.optional(z.string().check(z.minLength(1), z.maxLength(deviceNameCharsMax))),
  ids: z.optional(
    z.array(z.string().check(z.maxLength(100))).check(z.minLength(1), z.maxLength(replayIdsMax)),
  ),
});
