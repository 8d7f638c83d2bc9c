import { isRecord } from "../../platform/isRecord.ts";
import { memoryFullRatio, memoryRoomRatio } from "../limits.ts";

/** The part of the vitals of a device that an update may harm. */
export interface ComparedVitals {
  /** The used part of its memory, from 0 to 1. */
  readonly memory: number;
}

/** Reads what is compared; `undefined` for vitals without it. */
export const comparedVitals = (payload: unknown): ComparedVitals | undefined => {
  const used = numberAt(payload, ["device", "system", "memory", "used"]);
  const total = numberAt(payload, ["device", "system", "memory", "total"]);
  return used === undefined || total === undefined || total <= 0
    ? undefined
    : { memory: used / total };
};

/** Whether a device that had memory to spare has nearly none after its update. */
export const areWorse = (before: ComparedVitals, after: ComparedVitals): boolean =>
  before.memory <= memoryRoomRatio && after.memory >= memoryFullRatio;

const numberAt = (value: unknown, path: readonly string[]): number | undefined => {
  let found: unknown = value;
  for (const name of path) {
    found = isRecord(found) ? found[name] : undefined;
  }
  return typeof found === "number" ? found : undefined;
};
