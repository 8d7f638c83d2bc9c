import type { Devices } from "../device/devices.ts";
import { devicesPerFleetListedMax } from "../device/limits.ts";
import type { DeviceState } from "./deviceState.ts";
import { deviceStates, lastHandshake, type StatesDeps } from "./deviceStates.ts";
import { chosen, chosenStates, type PageInput, pageOf, sortedBy, stateKey } from "./productPage.ts";

/**
 * The devices of a user's fleet that are asked for, with what is known of each: all of them, or one page. Without an order the
 * latest connected first.
 */
export const listDevices = async (
  fleet: string,
  input: PageInput,
  { devices, ...deps }: StatesDeps & { devices: Pick<Devices, "list"> },
): Promise<DeviceState[]> => {
  const found = chosen(await devices.list(fleet, devicesPerFleetListedMax), input);
  const states = chosenStates(await deviceStates(found, deps), input);
  const listed =
    input.sortAttr === undefined
      ? states.toSorted(latestFirst)
      : sortedBy(states, input, stateKey(input));
  return input.isPaged ? pageOf(listed, input) : listed;
};

const latestFirst = (a: DeviceState, b: DeviceState): number =>
  lastHandshake(b) - lastHandshake(a) || a.device.id.localeCompare(b.device.id);
