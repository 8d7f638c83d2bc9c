import * as z from "zod";
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
  perSecond: wholeNumber(1, jobPerSecondMax).default(jobPerSecondDefault),
};

/** Selects dead letters. All given conditions must match. */
export const filterInput = z.object({
  from: time.optional(),
  to: time.optional(),
  reason: z.string().max(reasonCharsMax).optional(),
  status: wholeNumber(100, 599).optional(),
  event: z.string().max(topicBytesMax).optional(),
  /** Device id or name. */
  device: z.string().min(1).max(deviceNameCharsMax).optional(),
  ids: z.array(z.string().max(100)).min(1).max(replayIdsMax).optional(),
});
