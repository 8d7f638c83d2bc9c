import {
  type Device,
  type NamePosition,
  namePosition,
  namePositionOf,
} from "../../device/device.ts";
import { readCursor } from "../../input/cursor.ts";
import type { DeviceState } from "../deviceState.ts";
import { listChunk, listExaminedMax, listStatesExaminedMax } from "../limits.ts";
import type { ListDeps, StatesPage } from "./listPage.ts";
import type { DeviceListInput, DeviceListQuery } from "./listQuery.ts";
import { filtersRows, filtersStates, matchesRow, matchesState, readStates } from "./matchesList.ts";

type Deps = Pick<ListDeps, "devices" | "sessions">;

/**
 * A page of a list by name, from the index of the fleet: the position of the next page is the last
 * device that was read. Reads at most `listExaminedMax` devices, or `listStatesExaminedMax` if a
 * filter needs their sessions.
 */
export const listByName = async (
  fleet: string,
  { query, limit, cursor }: DeviceListInput,
  deps: Deps,
): Promise<StatesPage> => {
  const max = filtersStates(query) ? listStatesExaminedMax : listExaminedMax;
  const isFiltered = filtersStates(query) || filtersRows(query);
  const found: Device[] = [];
  const states: DeviceState[] = [];
  let next: NamePosition | undefined =
    cursor === undefined ? undefined : readCursor(query, cursor, namePosition);
  let examined = 0;
  do {
    // One more than the page has, so that the last page is not empty.
    const chunk = isFiltered ? Math.min(listChunk, max - examined) : limit + 1;
    const page = await deps.devices.pageOfFleet(fleet, {
      limit: chunk,
      after: next,
      order: query.order,
    });
    examined += page.devices.length;
    const matching = await matchingOf(page.devices, query, deps);
    const taken = matching.slice(0, limit - found.length);
    found.push(...taken.map(({ device }) => device));
    states.push(...taken.flatMap(({ state }) => state ?? []));
    const isCut = taken.length < matching.length;
    const last = isCut ? taken.at(-1)?.device : page.devices.at(-1);
    next = last !== undefined && (isCut || page.hasMore) ? namePositionOf(last) : undefined;
  } while (next !== undefined && found.length < limit && examined < max);
  return {
    states: filtersStates(query) ? states : await readStates(found, deps),
    ...(next && { next }),
  };
};

/** The matching devices, with their states if a filter needs them. */
const matchingOf = async (
  devices: readonly Device[],
  query: DeviceListQuery,
  deps: Deps,
): Promise<{ device: Device; state?: DeviceState }[]> => {
  const rows = devices.filter((device) => matchesRow(query, device));
  if (!filtersStates(query)) return rows.map((device) => ({ device }));
  const states = await readStates(rows, deps);
  return states
    .filter((state) => matchesState(query, state))
    .map((state) => ({ device: state.device, state }));
};
