import type { Devices } from "../../device/device.ts";
import type { DeviceState } from "../deviceState.ts";
import type { Sessions } from "../session.ts";
import type { DeviceOrders } from "./deviceOrders.ts";

/** The dependencies of `listDevicePage`. */
export interface ListDeps {
  readonly devices: Pick<Devices, "list" | "findMany" | "pageOfFleet">;
  readonly sessions: Pick<Sessions, "list">;
  readonly orders: DeviceOrders;
  readonly now: () => number;
  /** A new random id. */
  readonly newId: () => string;
}

/** A page of devices by their stored sessions, and the position of the next page. */
export interface StatesPage {
  readonly states: readonly DeviceState[];
  readonly next?: unknown;
}
