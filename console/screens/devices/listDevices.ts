import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { DeviceBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";

/** Filters and order of a list; the names are those of the API and of the screen's URL. */
export interface DeviceQuery {
  readonly search?: string;
  readonly online?: string;
  readonly firmware?: string;
  readonly groups?: string;
  readonly sort?: string;
  readonly cursor?: string | undefined;
}

export interface DevicePage {
  readonly devices: readonly DeviceBody[];
  /** Of the next page; absent on the last page. */
  readonly cursor?: string | undefined;
}

export const devicesPerPage = 50;

/** A request reads a bounded number of devices, so that a page of rare matches takes several. */
const requestsPerPageMax = 10;

/** The request for a page of the devices of the fleet. */
export const devicesRequest = (query: DeviceQuery, limit = devicesPerPage): ApiRequest => ({
  method: "GET",
  path: fleetPath("/devices"),
  query: { ...query, limit },
});

/** A page of up to `limit` devices. */
export const listDevices = async (
  query: DeviceQuery,
  { signal, limit = devicesPerPage }: { signal: AbortSignal; limit?: number },
): Promise<DevicePage> => {
  let found: DevicePage = { devices: [], cursor: query.cursor };
  for (let sent = 0; sent < requestsPerPageMax; sent += 1) {
    const left = limit - found.devices.length;
    const wanted = devicesRequest({ ...query, cursor: found.cursor }, left);
    const { devices, cursor } = await request<DevicePage>(wanted, signal);
    found = { devices: [...found.devices, ...devices], cursor };
    if (cursor === undefined || found.devices.length >= limit) break;
  }
  return found;
};

/** The API's largest page. */
const largestPage = 200;

/** Counts devices, up to `max`. */
export const countDevices = async (
  max: number,
  signal: AbortSignal,
): Promise<{ online: number; total: number; hasMore: boolean }> => {
  const count = { online: 0, total: 0 };
  let cursor: string | undefined;
  do {
    const page = await listDevices({ cursor }, { signal, limit: largestPage });
    cursor = page.cursor;
    count.total += page.devices.length;
    count.online += page.devices.filter(({ online }) => online).length;
  } while (cursor !== undefined && count.total < max);
  return { ...count, hasMore: cursor !== undefined };
};
