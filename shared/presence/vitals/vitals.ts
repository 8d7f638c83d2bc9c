import * as z from "zod/mini";
import {
  vitalsDepthMax,
  vitalsNameCharsMax,
  vitalsTextCharsMax,
  vitalsValuesMax,
} from "./limits.ts";

/** The event with which a device publishes its vitals, as Particle names it. */
export const vitalsEvent = "spark/device/diagnostics/update";

const isBounded = (value: unknown, depth: number, room: { values: number }): boolean => {
  room.values -= 1;
  if (room.values < 0) return false;
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return value.length <= vitalsTextCharsMax;
  if (typeof value !== "object" || depth === 0) return false;
  if (Array.isArray(value)) return value.every((each) => isBounded(each, depth - 1, room));
  return Object.entries(value).every(
    ([name, each]) => name.length <= vitalsNameCharsMax && isBounded(each, depth - 1, room),
  );
};

/** Objects of values. A value may be `{"err": code}` in place of a measurement that failed. */
const branch = z
  .record(z.string(), z.unknown())
  .check(
    z.refine(
      (value) => isBounded(value, vitalsDepthMax, { values: vitalsValuesMax }),
      "is too large",
    ),
  );

/**
 * The vitals of a device, in Particle's format: `device` has what the device measures (network,
 * cloud, power, system), `service` what belongs to its connection. The cloud stores both as they
 * are.
 */
export const vitalsPayload = z.object({ device: branch, service: z.optional(branch) });

/** The vitals of a device at a time. */
export const vitals = z.object({
  device: z.string(),
  /** The device's fleet at that time. */
  fleet: z.string(),
  /** Milliseconds since 1970. */
  at: z.int(),
  /** The id of the event: several events may have one time. */
  event: z.string(),
  payload: vitalsPayload,
});

export type Vitals = z.output<typeof vitals>;

/**
 * A range of times, from `since` (inclusive) to `until` (exclusive), in milliseconds since 1970.
 */
export interface VitalsRange {
  readonly since: number;
  readonly until: number;
}

export interface VitalsPageQuery extends VitalsRange {
  readonly fleet: string;
  readonly limit: number;
  /** The page begins after this position. */
  readonly after?: string | undefined;
}

/** The stored vitals of devices, of `vitalsDays`. */
export interface VitalsStore {
  /** Idempotent. */
  add(vitals: Vitals): Promise<void>;
  /** The number of vitals of a device in a range, of all its fleets; counts at most `max`. */
  count(device: string, range: VitalsRange, max: number): Promise<number>;
  /**
   * A page of the vitals of a device in a fleet, newest first. `next` is the position of the next
   * page; absent after the last one. A page may have fewer than `limit`, and still a next one.
   */
  list(
    device: string,
    query: VitalsPageQuery,
  ): Promise<{ readonly vitals: readonly Vitals[]; readonly next?: string }>;
}
