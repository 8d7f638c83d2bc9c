import type * as z from "zod";
import { productDevicesReadMax } from "../limits.ts";
import type { DeviceLink, Devices, Sessions } from "../ports.ts";
import type { DeviceState } from "./deviceState.ts";
import { deviceStates } from "./listDevices.ts";
import {
  chosen,
  deviceKey,
  needsStates,
  type pageInput,
  pageOf,
  pagesIn,
  sortedBy,
  stateKey,
} from "./productPage.ts";

interface Needs {
  readonly devices: Pick<Devices, "list">;
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "presence">[];
  readonly onSetback: (what: string, error: unknown) => void;
}

/** A page of a product's devices, chosen and sorted among the first `productDevicesReadMax`, and how many pages there are. */
export const listProductDevices = async (
  fleet: string,
  input: z.output<typeof pageInput>,
  { devices, ...needs }: Needs,
): Promise<{ states: DeviceState[]; pages: number }> => {
  const found = chosen(await devices.list(fleet, productDevicesReadMax), input);
  const pages = pagesIn(found.length, input);
  if (needsStates(input)) {
    const states = sortedBy(await deviceStates(found, needs), input, stateKey(input));
    return { states: pageOf(states, input), pages };
  }
  const page = pageOf(sortedBy(found, input, deviceKey(input)), input);
  return { states: await deviceStates(page, needs), pages };
};
