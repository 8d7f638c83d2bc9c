import * as z from "zod";
import { dueAfterMs, type Schedule } from "../lane.ts";

/** The units of a lane that a measuring client has seen, by their number. */
export const arrivedLane = z.object({
  /** How often it arrived. */
  times: z.instanceof(Uint16Array),
  /** From its due time until its first arrival; NaN if it has not arrived. */
  firstMs: z.instanceof(Float32Array),
  /** Arrivals of numbers that were not offered. */
  unknown: z.int(),
});

export type ArrivedLane = z.output<typeof arrivedLane>;

/** Records the arrivals of a run. */
export interface ArrivalRecord {
  /** Records an arrival now. */
  record(lane: number, seq: number): void;
  /** Distinct units that have arrived. */
  distinct(): number;
  lanes(): ArrivedLane[];
}

/** Creates an empty record of a run. `now` is the shared clock. */
export const createArrivalRecord = (
  { beginAt, lanes }: Schedule,
  now: () => number,
): ArrivalRecord => {
  const all = lanes.map((lane) => ({
    lane,
    times: new Uint16Array(lane.count),
    firstMs: new Float32Array(lane.count).fill(Number.NaN),
    unknown: 0,
  }));
  let distinct = 0;
  return {
    record(index, seq) {
      const of = all[index];
      const times = of?.times[seq];
      if (of === undefined) return;
      if (times === undefined) {
        of.unknown += 1;
        return;
      }
      of.times[seq] = times + 1;
      if (times > 0) return;
      distinct += 1;
      of.firstMs[seq] = now() - beginAt - dueAfterMs(of.lane, seq);
    },
    distinct: () => distinct,
    lanes: () => all.map(({ times, firstMs, unknown }) => ({ times, firstMs, unknown })),
  };
};
