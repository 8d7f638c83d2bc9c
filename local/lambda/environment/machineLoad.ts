import { availableParallelism } from "node:os";
import { processorFractionMax, timersLateMsMax, utilizationMs } from "../limits.ts";

/** Whether this machine has processor time for another execution environment. */
export interface MachineLoad {
  /** Whether timers are late, or this process uses nearly all cores. */
  readonly isBusy: boolean;
}

interface Clock {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Processor time of this process so far, in ms. */
  readonly processorMs: () => number;
  readonly cores: number;
}

const ownClock: Clock = {
  now: () => performance.now(),
  processorMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  cores: availableParallelism(),
};

/**
 * Measures the load from a timer. Starvation looks like waiting to a clock on the wall: only the
 * lateness of timers and the processor time tell that another thread would slow down all others.
 */
export const createMachineLoad = (clock: Clock = ownClock) => {
  let before = { at: clock.now(), processorMs: clock.processorMs() };
  let isBusy = false;
  return {
    get isBusy() {
      return isBusy;
    },
    /** Call this every `utilizationMs`. */
    tick(): void {
      const now = { at: clock.now(), processorMs: clock.processorMs() };
      const elapsedMs = now.at - before.at;
      const fraction = (now.processorMs - before.processorMs) / (elapsedMs * clock.cores);
      isBusy = elapsedMs > utilizationMs + timersLateMsMax || fraction > processorFractionMax;
      before = now;
    },
  };
};

let shared: ReturnType<typeof createMachineLoad> | undefined;

/** The load of this process's machine, measured from the first use on. */
export const machineLoad = (): MachineLoad => {
  if (shared === undefined) {
    const load = createMachineLoad();
    setInterval(load.tick, utilizationMs).unref();
    shared = load;
  }
  return shared;
};
