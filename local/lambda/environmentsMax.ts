import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import { environmentBytes, environmentsDefaultMax, memoryPart } from "./limits.ts";

/** How many environments a function may have here: as many as it has reserved, if they find room. */
export const environmentsMax = (
  reserved = environmentsDefaultMax,
  memoryBytes = machineBytes(),
): number => {
  const room = Math.floor((memoryBytes * memoryPart) / environmentBytes);
  return Math.max(1, Math.min(reserved, room));
};

/** The memory of this machine, or of the container. Node answers 0, or far too much, when nothing bounds it. */
const machineBytes = (): number => Math.min(totalmem(), constrainedMemory() || totalmem());
