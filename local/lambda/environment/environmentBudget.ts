import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import {
  descriptorsPart,
  descriptorsPartOfAll,
  environmentBytes,
  environmentDescriptors,
  environmentsDefaultMax,
  memoryPart,
} from "../limits.ts";

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
  const budget = Math.min(
    (memoryBytes * memoryPart) / environmentBytes,
    (descriptors * descriptorsPart) / environmentDescriptors,
  );
  return Math.max(1, Math.min(reserved, Math.floor(budget)));
};

/** How many environments this process may have, counted over all functions of all regions. */
export interface EnvironmentBudget {
  /** True when one more environment fits beside those that were taken. */
  hasCapacity(): boolean;
  reserve(): void;
  release(): void;
}

/** Counts environments against the descriptors of the process, which they all share. */
export const createEnvironmentBudget = ({
  descriptors,
}: Pick<Machine, "descriptors">): EnvironmentBudget => {
  const max = Math.floor((descriptors * descriptorsPartOfAll) / environmentDescriptors);
  let taken = 0;
  return {
    hasCapacity: () => taken < max,
    reserve() {
      taken += 1;
    },
    release() {
      taken -= 1;
    },
  };
};

/** The room of this process. */
export const processBudget = createEnvironmentBudget(thisMachine);
