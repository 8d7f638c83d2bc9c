import { BoundedMap } from "../platform/boundedMap.ts";
import { busyDevicesMax, busyEventsMin, busyWindowMs } from "./limits.ts";

interface Counted {
  /** Start of the window, in milliseconds since 1970. */
  since: number;
  events: number;
  /** Events of the window before. */
  before: number;
}

/** Counts events of a device and returns whether it publishes at a high rate. */
export type CountEvents = (device: string, events: number) => boolean;

/**
 * Counts the events of devices that this worker receives, in memory. A device is busy if it
 * published `busyEventsMin` events within a window of `busyWindowMs`, and until the end of the next
 * window. Its deliveries have their own place in the queue, so that those of the other devices of
 * its integrations do not wait behind them.
 */
export const countBusyDevices = (now: () => number): CountEvents => {
  const devices = new BoundedMap<string, Counted>(busyDevicesMax);
  return (device, events) => {
    const at = now();
    const known = devices.get(device) ?? { since: at, events: 0, before: 0 };
    const age = at - known.since;
    // A clock that was set back begins a new window.
    const isOver = age >= busyWindowMs || age < 0;
    const isNext = isOver && age >= 0 && age < 2 * busyWindowMs;
    const counted: Counted = isOver
      ? { since: at, events, before: isNext ? known.events : 0 }
      : { ...known, events: known.events + events };
    devices.set(device, counted);
    return Math.max(counted.events, counted.before) >= busyEventsMin;
  };
};
