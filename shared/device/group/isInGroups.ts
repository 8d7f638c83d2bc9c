import type { Device } from "../device.ts";

/** The names in a filter of a list, which separates them with commas. */
const namesIn = (filter: string): string[] =>
  filter
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/**
 * Whether a device is in at least one group of a filter, `a,b`. An empty filter has all devices.
 */
export const isInGroups = ({ groups = [] }: Pick<Device, "groups">, filter: string): boolean => {
  const wanted = namesIn(filter);
  return wanted.length === 0 || groups.some((name) => wanted.includes(name));
};
