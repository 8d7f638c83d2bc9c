import * as z from "zod/mini";
import type { Device } from "../../device/device.ts";
import { readCursor } from "../../input/cursor.ts";
import { validationFailure } from "../../input/readInput.ts";
import { lastHeardAt } from "../deviceState.ts";
import { deviceOrderSeconds, productDevicesReadMax } from "../limits.ts";
import type { ListDeps, StatesPage } from "./listPage.ts";
import type { DeviceListInput, DeviceListQuery } from "./listQuery.ts";
import { filtersStates, matchesRow, matchesState, readStates } from "./matchesList.ts";

/** The id of a stored order, and the number of its devices on the pages before. */
const position = z.tuple([z.string().check(z.maxLength(64)), z.int().check(z.nonnegative())]);

/**
 * A page of a list that is not sorted by name. The first request reads the whole fleet, sorts it
 * and stores the order of the ids; further pages read only their own devices. So a device that is
 * heard between two pages is on exactly one page. A device that has left the fleet since is left
 * out, and one that has joined it is not in the list.
 */
export const listByOrder = async (
  fleet: string,
  input: DeviceListInput,
  deps: ListDeps,
): Promise<StatesPage> => {
  const { query, limit, cursor } = input;
  if (cursor === undefined) return firstPage(fleet, input, deps);
  const [id, from] = readCursor(query, cursor, position);
  const order = await deps.orders.find(fleet, id);
  if (order === undefined) {
    throw validationFailure([
      `cursor: this list has expired after ${deviceOrderSeconds / 60} minutes: begin again without cursor`,
    ]);
  }
  const ids = order.slice(from, from + limit);
  const rows = (await deps.devices.findMany(ids)).filter((device) => device.fleet === fleet);
  const states = await readStates(inOrder(ids, rows), deps);
  const to = from + ids.length;
  return { states, ...(to < order.length && { next: [id, to] }) };
};

const inOrder = (ids: readonly string[], devices: readonly Device[]): Device[] => {
  const byId = new Map(devices.map((device) => [device.id, device]));
  return ids.flatMap((id) => byId.get(id) ?? []);
};

const firstPage = async (
  fleet: string,
  { query, limit }: DeviceListInput,
  deps: ListDeps,
): Promise<StatesPage> => {
  const { devices } = deps;
  const all = await devices.list(fleet, productDevicesReadMax + 1);
  if (all.length > productDevicesReadMax) {
    throw validationFailure([
      `sort: a fleet with more than ${productDevicesReadMax} devices can only be sorted by name`,
    ]);
  }
  const rows = all.filter((device) => matchesRow(query, device));
  if (query.sort === "created" && !filtersStates(query)) {
    const sorted = sortedBy(rows, query, (device) => ({ key: device.createdAt, id: device.id }));
    const states = await readStates(sorted.slice(0, limit), deps);
    return { states, ...(await storeOrder(fleet, { sorted, limit }, deps)) };
  }
  const states = (await readStates(rows, deps)).filter((one) => matchesState(query, one));
  const sorted = sortedBy(states, query, (state) => ({
    key: query.sort === "created" ? state.device.createdAt : lastHeardAt(state),
    id: state.device.id,
  }));
  const ids = sorted.map(({ device }) => device);
  return {
    states: sorted.slice(0, limit),
    ...(await storeOrder(fleet, { sorted: ids, limit }, deps)),
  };
};

/** Stores the order for the further pages, if there are any. Returns the position of the next. */
const storeOrder = async (
  fleet: string,
  { sorted, limit }: { sorted: readonly Device[]; limit: number },
  { orders, now, newId }: ListDeps,
): Promise<{ next?: unknown }> => {
  if (sorted.length <= limit) return {};
  const id = newId();
  const expiresAt = now() + deviceOrderSeconds * 1_000;
  await orders.put({ fleet, id, devices: sorted.map((device) => device.id), expiresAt });
  return { next: [id, limit] };
};

const sortedBy = <Item>(
  items: readonly Item[],
  { order }: Pick<DeviceListQuery, "order">,
  keyOf: (item: Item) => { key: string | number; id: string },
): Item[] => {
  const sign = order === "asc" ? 1 : -1;
  return items
    .map((item) => ({ item, ...keyOf(item) }))
    .sort((a, b) => sign * (compare(a.key, b.key) || compare(a.id, b.id)))
    .map(({ item }) => item);
};

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether a list reads the whole fleet: the first page of one that is not sorted by name. */
export const readsFleet = ({ query, cursor }: DeviceListInput): boolean =>
  query.sort !== "name" && cursor === undefined;
