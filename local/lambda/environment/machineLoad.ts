import { availableParallelism, cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { afterStep, stepMs } from "../../platform/sharedTimer.ts";
import { processorFractionMax, timersLateMsMax, utilizationMs } from "../limits.ts";

/** Whether this machine has processor time for another execution environment. */
export interface MachineLoad {
  /** Whether timers are late, or nearly no processor time is left for another thread. */
  readonly isBusy: boolean;
  /** Keeps measuring for `utilizationMs` to twice that. Call this for each invocation. */
  watch(): void;
}

interface Clock {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Processor time of this process so far, in ms. */
  readonly processorMs: () => number;
  readonly cores: number;
  /** Time of all cores of the machine so far, in ms, also for other processes. */
  readonly machineMs: () => { readonly busy: number; readonly idle: number };
  /** Time of the main thread's event loop so far, in ms. */
  readonly loopMs: () => { readonly active: number; readonly idle: number };
}

const ownClock: Clock = {
  now: () => performance.now(),
  processorMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  cores: availableParallelism(),
  machineMs: () => {
    let [busy, idle] = [0, 0];
    for (const { times } of cpus()) {
      busy += times.user + times.nice + times.sys + times.irq;
      idle += times.idle;
    }
    return { busy, idle };
  },
  loopMs: () => performance.eventLoopUtilization(),
};

/**
 * Measures the load from a timer. Starvation looks like waiting to a clock on the wall: only the
 * lateness of timers and the processor time tell that another thread would slow down all others.
 * The main thread serves every environment: while it is busy, environments that wait for it would
 * look idle.
 */
export const createMachineLoad = (clock: Clock = ownClock) => {
  const measure = () => ({
    at: clock.now(),
    processorMs: clock.processorMs(),
    machine: clock.machineMs(),
    loop: clock.loopMs(),
  });
  let before = measure();
  let isBusy = false;
  return {
    get isBusy() {
      return isBusy;
    },
    /** Begins to measure, after a time without measurements. */
    start(): void {
      before = measure();
      isBusy = false;
    },
    /** Call this every `utilizationMs`, or up to a step of the shared timer later. */
    tick(): void {
      const now = measure();
      const elapsedMs = now.at - before.at;
      const ofProcess = (now.processorMs - before.processorMs) / (elapsedMs * clock.cores);
      const busy = now.machine.busy - before.machine.busy;
      const ofMachine = fraction(busy, now.machine.idle - before.machine.idle);
      const active = now.loop.active - before.loop.active;
      const ofLoop = fraction(active, now.loop.idle - before.loop.idle);
      const isLate = elapsedMs > utilizationMs + stepMs + timersLateMsMax;
      isBusy = isLate || Math.max(ofProcess, ofMachine, ofLoop) > processorFractionMax;
      before = now;
    },
  };
};

const fraction = (part: number, rest: number): number =>
  part + rest > 0 ? part / (part + rest) : 0;

let shared: MachineLoad | undefined;

/** The load of this process's machine. All users share one measurement. */
export const machineLoad = (): MachineLoad => {
  shared ??= watchLoad(createMachineLoad());
  return shared;
};

const watchLoad = (load: ReturnType<typeof createMachineLoad>): MachineLoad => {
  let isScheduled = false;
  let isNeeded = false;
  const tick = (): void => {
    load.tick();
    isScheduled = isNeeded;
    isNeeded = false;
    if (isScheduled) schedule();
  };
  const schedule = (): void => void afterStep(utilizationMs, tick);
  return {
    get isBusy() {
      return load.isBusy;
    },
    watch() {
      isNeeded = true;
      if (isScheduled) return;
      isScheduled = true;
      load.start();
      schedule();
    },
  };
};
