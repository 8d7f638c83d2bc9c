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

/** Threads that several functions share, each environment with an instance of its module. */
export class SharedThreads {
  readonly #deps: ThreadDeps;
  readonly #youngGenerationMb: number;
  readonly #threads = new Map<EnvironmentThread, Measured>();

  /** `youngGenerationMb` limits the garbage of each thread. */
  constructor(deps: ThreadDeps, youngGenerationMb: number) {
    this.#deps = deps;
    this.#youngGenerationMb = youngGenerationMb;
  }

  /** Whether a further environment needs no further thread. */
  get hasRoom(): boolean {
    return this.#withRoom().some((thread) => this.#hasTime(thread));
  }

  /** The highest fraction of time that one of the threads computed recently, from 0 to 1. */
  get computingFraction(): number {
    const threads = [...this.#threads.keys()];
    return Math.max(0, ...threads.map((thread) => this.#measure(thread).computingFraction));
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
    const found = threads.find((thread) => this.#hasTime(thread)) ?? (isFirst && threads[0]);
    const thread = found || this.#start();
    const environment = thread.open(hosted, script);
    if (!this.#threads.has(thread)) this.#watch(thread, environment);
    return environment;
  }

  #withRoom(): EnvironmentThread[] {
    return [...this.#threads.keys()].filter((thread) => thread.hasRoom(environmentsPerThreadMax));
  }

  #hasTime(thread: EnvironmentThread): boolean {
    const { busySince } = this.#measure(thread);
    return performance.now() - busySince < sharedBusyMsMin;
  }

  #measure(thread: EnvironmentThread): Measured {
    const measured = this.#threads.get(thread) ?? { computingFraction: 0, busySince: never };
    const fraction = thread.takeUtilization();
    if (fraction === undefined) return measured;
    measured.computingFraction = fraction;
    const isBusy = fraction >= sharedComputingFractionMax;
    measured.busySince = isBusy ? Math.min(measured.busySince, performance.now()) : never;
    return measured;
  }

  #start(): EnvironmentThread {
    return new EnvironmentThread({ youngGenerationMb: this.#youngGenerationMb }, this.#deps);
  }

  #watch(thread: EnvironmentThread, first: Environment): void {
    this.#threads.set(thread, { computingFraction: 0, busySince: never });
    void thread.ended.then(() => this.#threads.delete(thread));
    first.ready.then(
      () => thread.startMeasuring(),
      () => {},
    );
  }
}
