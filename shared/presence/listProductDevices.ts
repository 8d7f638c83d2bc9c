import type * as z from "zod";
import type { DeviceLink } from "../device/deviceLink.ts";
import type { Devices } from "../device/devices.ts";
import type { DeviceState } from "./deviceState.ts";
import { deviceStates } from "./deviceStates.ts";
import { productDevicesReadMax } from "./limits.ts";
import {
  chosen,
  chosenStates,
  deviceKey,
  needsStates,
  type pageInput,
  pageOf,
  pagesIn,
  sortedBy,
  stateKey,
} from "./productPage.ts";
import type { Sessions } from "./sessions.ts";

interface Deps {
  readonly devices: Pick<Devices, "list">;
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  readonly onError: (what: string, error: unknown) => void;
}

/** A page of a product's devices, chosen and sorted among the first `productDevicesReadMax`, and how many pages there are. */
export const listProductDevices = async (
  fleet: string,
  input: z.output<typeof pageInput>,
  { devices, ...deps }: Deps,
): Promise<{ states: DeviceState[]; pages: number }> => {
  const found = chosen(await devices.list(fleet, productDevicesReadMax), input);
  if (needsStates(input)) {
    const states = chosenStates(await deviceStates(found, deps), input);
    const sorted = sortedBy(states, input, stateKey(input));
    return { states: pageOf(sorted, input), pages: pagesIn(states.length, input) };
  }
  const page = pageOf(sortedBy(found, input, deviceKey(input)), input);
  const pages = pagesIn(found.length, input);
  return { states: await deviceStates(page, deps), pages };
};
