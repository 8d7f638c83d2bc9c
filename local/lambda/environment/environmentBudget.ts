import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import {
  descriptorsFraction,
  descriptorsFractionOfAll,
  environmentBytes,
  environmentDescriptors,
  environmentsDefaultMax,
  memoryFraction,
  sharedEnvironmentBytes,
} from "../limits.ts";

/** Resources of this machine for all environments. */
interface Machine {
  readonly memoryBytes: number;
  /** Maximum number of open files and sockets of this process. */
  readonly descriptors: number;
}

/**
 * Node.js raises its soft limit to the hard limit. No limit is assumed where the system does not
 * report one.
 */
const descriptorsMax = (): number => {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
};

/** Memory of the container, if any. Node.js returns 0, or a huge value, when there is no limit. */
const thisMachine: Machine = {
  memoryBytes: Math.min(totalmem(), constrainedMemory() || totalmem()),
  descriptors: descriptorsMax(),
};

interface EnvironmentNeed {
  /** Reserved concurrency. */
  readonly reserved: number | undefined;
  /** Whether environments share threads. */
  readonly isShared: boolean;
}

/**
 * Maximum number of environments of a function: its reserved concurrency, reduced to what the
 * machine can hold.
 */
export const environmentsMax = (
  { reserved = environmentsDefaultMax, isShared }: EnvironmentNeed,
  { memoryBytes, descriptors }: Machine = thisMachine,
): number => {
  const bytes = isShared ? sharedEnvironmentBytes : environmentBytes;
  const budget = Math.min(
    (memoryBytes * memoryFraction) / bytes,
    (descriptors * descriptorsFraction) / environmentDescriptors,
  );
  return Math.max(1, Math.min(reserved, Math.floor(budget)));
};

/** The number of environments that this process may run, over all functions of all regions. */
export interface EnvironmentBudget {
  /** Whether one more environment fits. */
  hasCapacity(): boolean;
  reserve(): void;
  release(): void;
}

/** Creates a budget of environments limited by the process's file descriptors. */
export const createEnvironmentBudget = ({
  descriptors,
}: Pick<Machine, "descriptors">): EnvironmentBudget => {
  const max = Math.floor((descriptors * descriptorsFractionOfAll) / environmentDescriptors);
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

/** The budget of this process. */
export const processBudget = createEnvironmentBudget(thisMachine);
