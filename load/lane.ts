import * as z from "zod";

/** Units of one tenant at a fixed rate. */
export const lane = z.object({
  name: z.string(),
  /** Units a second. */
  rate: z.number(),
  /** Units of the run: their numbers are 0 to `count` - 1. */
  count: z.int(),
});

export type Lane = z.output<typeof lane>;

/**
 * The schedule of a run, which the driver and the observer both know: unit `seq` of a lane is due
 * at `beginAt + seq / rate`.
 */
export const schedule = z.object({
  /** The number of the run of a part. Late arrivals of an earlier run do not count. */
  round: z.int(),
  /** By `sharedNow`, in milliseconds. */
  beginAt: z.number(),
  lanes: z.array(lane),
});

export type Schedule = z.output<typeof schedule>;

/** When a unit is due, in milliseconds after the begin of its schedule. */
export const dueAfterMs = ({ rate }: Pick<Lane, "rate">, seq: number): number =>
  (seq * 1_000) / rate;

const lanesMax = 1_000;

/** A number for the lane of a run, which events carry. */
export const runOf = (round: number, lane: number): number => round * lanesMax + lane;

/** The run and the lane of a number of `runOf`. */
export const placeOf = (run: number): { readonly round: number; readonly lane: number } => ({
  round: Math.floor(run / lanesMax),
  lane: run % lanesMax,
});
