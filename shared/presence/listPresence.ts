import { keysetPage } from "../input/keysetPage.ts";
import { checkTimeRange } from "../input/timeRange.ts";
import type { PresenceChange, PresenceHistory } from "./presenceHistory.ts";

interface Wanted {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** From `since` (inclusive) to `until` (exclusive), in milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/**
 * A page of the changes of a device's presence in a fleet, newest first. Changes in another fleet
 * belong to that fleet. Reads all stored changes of the device, whose number is bounded.
 */
export const listPresence = async (
  { id, fleet }: { readonly id: string; readonly fleet: string },
  { limit, cursor, since = 0, until = Number.MAX_SAFE_INTEGER }: Wanted,
  { history }: { history: Pick<PresenceHistory, "list"> },
): Promise<{ changes: PresenceChange[]; cursor?: string }> => {
  checkTimeRange({ from: since, to: until });
  const all = await history.list(id);
  const own = all.filter((one) => one.fleet === fleet && one.at >= since && one.at < until);
  const { items, ...rest } = keysetPage(own, {
    keyOf: ({ at, region, write, index }) => [
      at,
      [region, sortable(write), sortable(index)].join("#"),
    ],
    order: "desc",
    list: { id, since, until },
    limit,
    cursor,
  });
  return { changes: items, ...rest };
};

const sortable = (number: number): string => String(number).padStart(12, "0");
