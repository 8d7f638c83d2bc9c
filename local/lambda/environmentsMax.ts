import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import {
  descriptorsPart,
  environmentBytes,
  environmentDescriptors,
  environmentsDefaultMax,
  memoryPart,
} from "./limits.ts";

/** What this machine has for all environments together. */
interface Machine {
  readonly memoryBytes: number;
  /** Files and sockets that this process may have open. */
  readonly descriptors: number;
}

/** Node has made its soft limit the hard one by now. Where no system says it there is taken to be none. */
const descriptorsMax = (): number => {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

/** The memory is the container's where there is one. Node answers 0, or far too much, when nothing bounds it. */
const thisMachine: Machine = {
  memoryBytes: Math.min(totalmem(), constrainedMemory() || totalmem()),
  descriptors: descriptorsMax(),
};

/** How many environments a function may have here: as many as it has reserved, if they find room. */
export const environmentsMax = (
  reserved = environmentsDefaultMax,
  { memoryBytes, descriptors }: Machine = thisMachine,
): number => {
  const room = Math.min(
    (memoryBytes * memoryPart) / environmentBytes,
    (descriptors * descriptorsPart) / environmentDescriptors,
  );
  return Math.max(1, Math.min(reserved, Math.floor(room)));
};
