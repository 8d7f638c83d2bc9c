import { validationFailure } from "./readInput.ts";

interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Rejects an empty time range, in which `from` and `to` are probably swapped. */
export const checkTimeRange = ({ from, to }: TimeRange): void => {
  if (from !== undefined && to !== undefined && from >= to) {
    throw validationFailure(["from: must be earlier than to"]);
  }
};
