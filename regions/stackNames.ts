import type { Settings } from "./settings.ts";

/** The stack of the global tables. */
export const stateStack = "Godwit-State";

/** The stack with the alarms of the domain name. */
export const edgePagesStack = "Godwit-EdgePages";

export const regionStack = (region: string): string => `Godwit-Region-${region}`;

/** The stack with the canary and the watcher of a region. */
export const operationsStack = (region: string): string => `Godwit-Operations-${region}`;

export const edgeStack = (region: string): string => `Godwit-Edge-${region}`;

/** The stacks of a region in the order of their deployment, without the one of the domain name. */
export const stacksOfRegion = (
  region: string,
  { hasDrills }: Pick<Settings, "hasDrills">,
): string[] => [
  regionStack(region),
  `Godwit-Api-${region}`,
  operationsStack(region),
  ...(hasDrills ? [`Godwit-Drills-${region}`] : []),
];
