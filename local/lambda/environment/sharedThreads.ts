import {
  environmentsPerThreadMax,
  sharedBusyMsMin,
  sharedComputingFractionMax,
} from "../limits.ts";
import type { FunctionScript } from "../runtime/messages.ts";
import type { Environment } from "./environment.ts";
import { EnvironmentThread, type HostedFunction, type ThreadDeps } from "./environmentThread.ts";

interface Measured {
  computingFraction: number;
  /** Since when the thread computes nearly all the time. */
  busySince: number;
}

const never = Number.POSITIVE_INFINITY;

export interface SharedThreadsOptions {
  /** Limits the garbage of each thread. */
  readonly youngGenerationMb: number;
  /** Whether each thread runs one invocation at a time. */
  readonly isExclusive?: boolean;
}

/** Threads that several functions share, each environment with an instance of its module. */
export class SharedThreads {
  readonly isExclusive: boolean;
  readonly #deps: ThreadDeps;
  readonly #options: SharedThreadsOptions;
  readonly #threads = new Map<EnvironmentThread, Measured>();
  readonly #waiting = new Set<() => void>();

  constructor(deps: ThreadDeps, options: SharedThreadsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.isExclusive = options.isExclusive ?? false;
  }

  /** Calls a function whenever an exclusive thread has ended its work. */
  onFree(call: () => void): void {
    if (this.isExclusive) this.#waiting.add(call);
  }

  /** A thread has ended its work. */
  notifyFree(): void {
    for (const call of this.#waiting) call();
  }

  /** Whether a further environment needs no further thread. */
  get hasRoom(): boolean {
    return this.#withRoom().some((thread) => this.#hasTime(thread));
  }

  /**
   * The highest fraction of time that one of the threads computed recently, from 0 to 1. Of
   * exclusive threads, the average of those that have work.
   */
  get computingFraction(): number {
    const threads = [...this.#threads.keys()];
    const measured = this.isExclusive ? threads.filter(({ isOccupied }) => isOccupied) : threads;
    const fractions = measured.map((thread) => this.#measure(thread).computingFraction);
    if (!this.isExclusive) return Math.max(0, ...fractions);
    return fractions.reduce((sum, each) => sum + each, 0) / Math.max(1, fractions.length);
  }

  /**
   * Opens an environment. While all threads compute nearly all the time, a function that has
   * environments gets one in a new thread; a function without shares a thread nevertheless.
   */
  open(
    hosted: HostedFunction,
    { script, isFirst }: { script: Promise<FunctionScript>; isFirst: boolean },
  ): Environment {
    const threads = this.#withRoom();
    const found = threads.find((thread) => this.#hasTime(thread));
    const thread = found ?? (isFirst ? threads[0] : undefined) ?? this.#start();
    const environment = thread.open(hosted, script);
    if (!this.#threads.has(thread)) this.#watch(thread, environment);
    return environment;
  }

  #withRoom(): EnvironmentThread[] {
    return [...this.#threads.keys()].filter(
      (thread) => thread.hasRoom(environmentsPerThreadMax) && !thread.isOccupied,
    );
  }

  #hasTime(thread: EnvironmentThread): boolean {
    if (this.isExclusive) return true;
    const { busySince } = this.#measure(thread);
    return performance.now() - busySince < sharedBusyMsMin;
  }

  #measure(thread: EnvironmentThread): Measured {
    const measured = this.#threads.get(thread) ?? this.#unmeasured();
    const fraction = thread.takeUtilization();
    if (fraction === undefined) return measured;
    measured.computingFraction = fraction;
    const isBusy = fraction >= sharedComputingFractionMax;
    measured.busySince = isBusy ? Math.min(measured.busySince, performance.now()) : never;
    return measured;
  }

  /** An exclusive thread that is being loaded does not count as one that waits. */
  #unmeasured(): Measured {
    return { computingFraction: this.isExclusive ? 1 : 0, busySince: never };
  }

  #start(): EnvironmentThread {
    return new EnvironmentThread(this.#options, this.#deps);
  }

  #watch(thread: EnvironmentThread, first: Environment): void {
    this.#threads.set(thread, this.#unmeasured());
    void thread.ended.then(() => this.#threads.delete(thread));
    first.ready.then(
      () => thread.startMeasuring(),
      () => {},
    );
  }
}
