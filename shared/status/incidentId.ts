import { createHash } from "node:crypto";
import * as z from "zod/mini";

/** Length of the time and of the hash in an id: together the length of an id of Statuspage. */
const partLength = 6;
/** 2020-01-01: six digits in base 36 last until 2088. */
const epochMs = Date.UTC(2020, 0, 1);

/** The id of an incident, a maintenance or an update: sorted by its time. */
export const incidentId = z
  .string()
  .check(z.regex(/^[0-9a-z]{12}$/, "must be the id of an incident, like 3kxq1p0a9f2c"));

/**
 * The id of an incident or an update that began at `at` (milliseconds since 1970), to the second.
 * It is the same wherever it is calculated from the same seed: two regions that see one alarm store
 * one incident.
 */
export const incidentIdOf = (at: number, seed: string): string => {
  const digest = createHash("sha256").update(`${at} ${seed}`).digest();
  const hash = digest.readUIntBE(0, partLength).toString(36).slice(-partLength);
  return timePart(at) + hash.padStart(partLength, "0");
};

/** The smallest id of an incident that began at `at` or later. */
export const firstIdOf = (at: number): string => timePart(at) + "0".repeat(partLength);

const timePart = (at: number): string =>
  Math.max(0, Math.floor((at - epochMs) / 1_000))
    .toString(36)
    .padStart(partLength, "0");
