import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";

const words = "must be a device id of 24 hex digits, for example 0123456789abcdef01234567";

/** A device id. Upper case and surrounding spaces are normalized. */
export const deviceId = z
  .string({ error: ({ input }) => (input === undefined ? `is missing: it ${words}` : words) })
  .check(z.trim(), z.toLowerCase(), z.regex(deviceIdPattern, words));
