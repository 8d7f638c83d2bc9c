import type * as z from "zod/mini";
import type { Devices } from "../device/device.ts";
import type { DeviceLink } from "../device/deviceLink.ts";
import { devicesPerFleetListedMax } from "../device/limits.ts";
import {
  deviceKey,
  filterDevices,
  filterStates,
  needsStates,
  type PageInput,
  type pageInput,
  pageOf,
  pagesIn,
  sortBy,
  stateKey,
} from "./devicePage.ts";
import { type DeviceState, deviceStates, lastConnectedAt, type StatesDeps } from "./deviceState.ts";
import { productDevicesReadMax } from "./limits.ts";
import type { Sessions } from "./session.ts";

/**
 * The matching devices of a user's fleet with their states: all of them, or one page. Without an
 * order, the device that connected last is first.
 */
export const listDevices = async (
  fleet: string,
  input: PageInput,
  { devices, ...deps }: StatesDeps & { devices: Pick<Devices, "list"> },
): Promise<DeviceState[]> => {
  const found = filterDevices(await devices.list(fleet, devicesPerFleetListedMax), input);
  const states = filterStates(await deviceStates(found, deps), input);
  const listed =
    input.sortAttr === undefined
      ? states.toSorted(latestFirst)
      : sortBy(states, input, stateKey(input));
  return input.isPaged ? pageOf(listed, input) : listed;
};

const latestFirst = (a: DeviceState, b: DeviceState): number =>
  lastConnectedAt(b) - lastConnectedAt(a) || a.device.id.localeCompare(b.device.id);

interface Deps {
  readonly devices: Pick<Devices, "list">;
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * A page of a product's matching devices, among the first `productDevicesReadMax`, and the number
 * of pages.
 */
export const listProductDevices = async (
  fleet: string,
  input: z.output<typeof pageInput>,
  { devices, ...deps }: Deps,
): Promise<{ states: DeviceState[]; pages: number }> => {
  const found = filterDevices(await devices.list(fleet, productDevicesReadMax), input);
  if (needsStates(input)) {
    const states = filterStates(await deviceStates(found, deps), input);
    const sorted = sortBy(states, input, stateKey(input));
    return { states: pageOf(sorted, input), pages: pagesIn(states.length, input) };
  }
  const page = pageOf(sortBy(found, input, deviceKey(input)), input);
  const pages = pagesIn(found.length, input);
  return { states: await deviceStates(page, deps), pages };
};
