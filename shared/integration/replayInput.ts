import * as z from "zod";
import {
  jobPerSecondDefault,
  jobPerSecondMax,
  ledgerTimeMsMax,
  reasonCharsMax,
  replayIdsMax,
  topicBytesMax,
} from "../limits.ts";
import { flag } from "./flag.ts";

/** ISO 8601, or milliseconds since 1970. */
export const timeInput = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.coerce.number().int().min(0).max(ledgerTimeMsMax),
]);

/** How a job is to be done, and whether it is only to be planned. */
export const jobInput = {
  plan: z._default(flag, false),
  perSecond: z.coerce.number().int().min(1).max(jobPerSecondMax).default(jobPerSecondDefault),
};

/** Which dead letters to replay: those that are all of this. */
export const filterInput = z.object({
  from: timeInput.optional(),
  to: timeInput.optional(),
  reason: z.string().max(reasonCharsMax).optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  event: z.string().max(topicBytesMax).optional(),
  device: z.string().max(64).optional(),
  ids: z.array(z.string().max(100)).min(1).max(replayIdsMax).optional(),
});
