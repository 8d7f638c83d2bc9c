import { writeCursor } from "../../input/cursor.ts";
import type { DeviceState } from "../deviceState.ts";
import { listByName } from "./listByName.ts";
import { listByOrder } from "./listByOrder.ts";
import type { ListDeps } from "./listPage.ts";
import type { DeviceListInput } from "./listQuery.ts";

/**
 * A page of the devices of a fleet that match a list, and the cursor of the next page. Connections
 * are those of the stored sessions: the brokers are not queried.
 *
 * A device that is in the fleet and matches during the whole walk through the pages is on exactly
 * one of them; in a list by name, unless it is renamed meanwhile. A page may have fewer devices
 * than `limit`, or none, and still a cursor. Fails with `invalid_request` for a cursor of another
 * list or of an expired one.
 */
export const listDevicePage = async (
  fleet: string,
  input: DeviceListInput,
  deps: ListDeps,
): Promise<{ states: readonly DeviceState[]; cursor?: string }> => {
  const list = input.query.sort === "name" ? listByName : listByOrder;
  const { states, next } = await list(fleet, input, deps);
  return { states, ...(next !== undefined && { cursor: writeCursor(input.query, next) }) };
};
