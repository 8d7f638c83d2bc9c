import type { Fault } from "../../fault/fault.ts";
import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import { EnvironmentStartError, FunctionError, ThrottledError } from "../errors.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import {
  busyStartEveryMs,
  computingFractionMax,
  concurrentStartsMax,
  environmentIdleMs,
  environmentsEagerMax,
  freeEnvironmentsMin,
  furtherEnvironmentIdleMs,
  sharedEnvironmentIdleMs,
  startAheadEveryMs,
  startRetryMs,
  utilizationMs,
  waitingFractionMax,
  waitingInvocationsMax,
} from "../limits.ts";
import type { Job } from "../runtime/messages.ts";
import type { Environment, ResponseSink } from "./environment.ts";
import { type EnvironmentBudget, environmentsMax, processBudget } from "./environmentBudget.ts";
import type { HostedFunction, ThreadDeps } from "./environmentThread.ts";
import { EnvironmentThreads } from "./environmentThreads.ts";
import type { ExecutionMeter } from "./executionMeter.ts";
import type { ExecutionQuota } from "./executionQuota.ts";
import { type FunctionCounts, newFunctionCounts } from "./functionCounts.ts";
import { sweepRegularly } from "./idleSweep.ts";
import { injectFault } from "./injectFault.ts";
import { type MachineLoad, machineLoad } from "./machineLoad.ts";
import type { SharedThreads } from "./sharedThreads.ts";
import { newUsage, type Usage } from "./usage.ts";

export interface RunOptions {
  readonly payload: string;
  readonly sink?: ResponseSink | undefined;
  /**
   * Waits for an environment without a limit. Otherwise an invocation is throttled: at once when
   * the function has reserved concurrency, as on Lambda; after a bounded wait when it has none,
   * since that limit is this machine's and not Lambda's.
   */
  readonly waits?: boolean;
  /** Whether the payload is a batch of messages of a queue. */
  readonly isBatch?: boolean;
}

export interface PoolDeps extends ThreadDeps, Pick<HostedFunction, "variables" | "openWires"> {
  /** The current fault of all functions, if any. */
  readonly currentFault?: () => Fault | undefined;
  /** The budget that all functions share. */
  readonly budget?: EnvironmentBudget;
  readonly load?: MachineLoad;
  /** The concurrent executions that functions without reserved concurrency share. */
  readonly quota?: ExecutionQuota;
  /** The executions of several functions that this function's are among. */
  readonly meters?: readonly ExecutionMeter[];
}

interface Free {
  readonly environment: Environment;
  readonly since: number;
}

/**
 * The execution environments of one function. The most recently used free environment is reused, so
 * that unneeded ones become idle and are ended. A further environment starts only when none is
 * free.
 */
export class Pool {
  readonly config: FunctionConfig;
  readonly usage: Usage;
  readonly counts: FunctionCounts = newFunctionCounts();
  readonly #threads: EnvironmentThreads;
  readonly #budget: EnvironmentBudget;
  readonly #load: MachineLoad;
  readonly #quota: ExecutionQuota | undefined;
  readonly #meters: readonly ExecutionMeter[];
  readonly #log: Log;
  readonly #rateLimited: Log;
  readonly #currentFault: () => Fault | undefined;
  readonly #all = new Set<Environment>();
  readonly #free: Free[] = [];
  readonly #waiters: PromiseWithResolvers<Environment>[] = [];
  /** Ends the sweep of idle environments, while there are environments. */
  #endSweep: (() => void) | undefined;
  #measured = { at: 0, part: 0 };
  #retryTimer: NodeJS.Timeout | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #running = 0;
  #starting = 0;
  #startedAt = 0;
  #isClosed = false;
  #isEnding = false;

  constructor(
    config: FunctionConfig,
    {
      currentFault = () => undefined,
      budget = processBudget,
      load = machineLoad(),
      quota,
      meters = [],
      ...deps
    }: PoolDeps,
  ) {
    this.#budget = budget;
    this.#load = load;
    this.#quota = config.reserved === undefined ? quota : undefined;
    this.#meters = [this.counts.executions, ...meters];
    this.#currentFault = currentFault;
    this.config = config;
    this.usage = newUsage(config.memoryMb);
    const onOutput = (bytes: number): void => {
      this.usage.outputBytes += bytes;
      this.usage.outputLines += 1;
    };
    const { variables, openWires } = deps;
    const hosted = { config, variables, onOutput, ...(openWires && { openWires }) };
    this.#threads = new EnvironmentThreads(hosted, deps);
    this.#log = deps.log;
    this.#rateLimited = rateLimitedLog(deps.log);
  }

  /**
   * Runs one invocation. Resolves with the response in JSON, or with `undefined` when it was
   * streamed into the sink. Rejects with a `FunctionError` or a `ThrottledError`.
   */
  async run(options: RunOptions): Promise<string | undefined> {
    const { waits = false } = options;
    this.#checkThrottling(waits);
    // Without an await where none is needed: the check holds until the environment is acquired.
    const execution = this.#takeExecution(waits);
    if (execution !== undefined) await this.#afterWaiting(execution);
    this.#load.watch();
    this.usage.invocations += 1;
    this.#running += 1;
    for (const meter of this.#meters) meter.start();
    let environment: Environment | undefined;
    try {
      environment = await this.#acquire();
      return await this.#invoke(environment, options);
    } catch (error) {
      this.usage.errors += 1;
      if (environment !== undefined) this.counts.errors += 1;
      this.#report(error);
      throw error;
    } finally {
      // An invocation that a stop rejects before has not run.
      if (environment !== undefined) this.counts.invocations += 1;
      if (environment !== undefined) this.#release(environment);
      this.#quota?.giveBack();
      for (const meter of this.#meters) meter.end();
      this.#running -= 1;
      if (this.#running === 0) this.#drained?.resolve();
    }
  }

  /** From now on, opens environments in threads that other functions use too. */
  join(common: SharedThreads): void {
    this.#threads.join(common, () => this.#serveWaiters());
  }

  /** Rejects further invocations and ends streams. Resolves when those in progress have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const environment of this.#all) environment.endStream();
    this.#drained = Promise.withResolvers();
    if (this.#running > 0) await this.#drained.promise;
  }

  /** Maximum number of environments on this machine. */
  get environmentsMax(): number {
    const { reserved } = this.config;
    return environmentsMax({ reserved, isShared: this.#threads.isShared });
  }

  /** Whether invocations wait for an environment. */
  get isBehind(): boolean {
    return this.#waiters.length > 0;
  }

  /** Whether a further environment needs no further thread. */
  get startsQuickly(): boolean {
    return this.#threads.hasRoom;
  }

  /**
   * Whether enough environments are free for another batch. Otherwise may start one, so that a
   * later call can succeed.
   */
  ensureFree(): boolean {
    const free = this.#free.length;
    // The batch will take one of them.
    if (free <= freeEnvironmentsMin && this.#canStartAhead()) void this.#start();
    return free >= freeEnvironmentsMin;
  }

  /**
   * Takes all free file descriptors of one environment, from its next invocation on: one that is
   * free, if there is one. It handles further invocations before others do. Returns its name, the
   * one of its log stream; `undefined` without an environment.
   */
  exhaustDescriptors(): string | undefined {
    const free = this.#free.findLast(({ environment }) => environment.isAlive)?.environment;
    const one = free ?? [...this.#all].find(({ isAlive, isLoading }) => isAlive && !isLoading);
    one?.exhaustDescriptors(true);
    return one?.logStream;
  }

  /** Gives the file descriptors back to all environments. */
  restoreDescriptors(): void {
    for (const environment of this.#all) environment.exhaustDescriptors(false);
  }

  /** Closes the pool and terminates every environment. Running and waiting invocations fail. */
  async stop(): Promise<void> {
    clearTimeout(this.#retryTimer);
    await this.halt();
  }

  /** Terminates every environment as `stop` does; `resume` reopens the pool. */
  async halt(): Promise<void> {
    this.#isClosed = true;
    this.#isEnding = true;
    const stopped = new ThrottledError(`${this.config.name}: the local cloud stopped`);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(stopped);
    await Promise.all([...this.#all].map((environment) => environment.end()));
  }

  resume(): void {
    this.#isClosed = false;
    this.#isEnding = false;
  }

  #checkThrottling(waits: boolean): void {
    // Lambda does not respond then, so nothing is throttled.
    if (this.#isClosed) throw new ThrottledError(`${this.config.name}: the local cloud stopped`);
    const startable = this.environmentsMax - this.#all.size;
    const available = this.#free.length + this.#starting + startable - this.#waiters.length;
    const canWait =
      this.config.reserved === undefined && this.#waiters.length < waitingInvocationsMax;
    if (waits || available > 0 || canWait) return;
    this.usage.throttles += 1;
    this.counts.throttles += 1;
    throw new ThrottledError(`${this.config.name}: Rate Exceeded`);
  }

  /** Takes an execution of the account's quota, if the function has none of its own. */
  #takeExecution(waits: boolean): Promise<void> | undefined {
    if (this.#quota === undefined || this.#quota.tryTake()) return undefined;
    // Lambda throttles the mapping of a queue, too, and the mapping tries again.
    this.counts.throttles += 1;
    if (waits) return this.#quota.take();
    this.usage.throttles += 1;
    throw new ThrottledError(`${this.config.name}: Rate Exceeded`);
  }

  async #afterWaiting(execution: Promise<void>): Promise<void> {
    await execution;
    if (!this.#isClosed) return;
    this.#quota?.giveBack();
    throw new ThrottledError(`${this.config.name}: the local cloud stopped`);
  }

  async #invoke(
    environment: Environment,
    { payload, sink, isBatch = false }: RunOptions,
  ): Promise<string | undefined> {
    const startedMs = Date.now();
    const startedAt = performance.now();
    const job: Job = {
      requestId: crypto.randomUUID(),
      payload,
      startedAt: startedMs,
      deadline: startedMs + this.config.timeoutSeconds * 1_000,
      functionArn: this.config.arn,
      traceId: traceId(startedMs),
      isBatch,
    };
    try {
      const fault = this.#currentFault();
      if (fault !== undefined) await injectFault(this.config, fault);
      return await environment.invoke(job, sink);
    } finally {
      const durationMs = performance.now() - startedAt;
      this.usage.durationMs += durationMs;
      this.counts.durations.add(durationMs);
    }
  }

  #acquire(): Environment | Promise<Environment> {
    const free = this.#takeFree();
    if (free !== undefined) return free;
    const waiter = Promise.withResolvers<Environment>();
    this.#waiters.push(waiter);
    this.#startForWaiters();
    return waiter.promise;
  }

  /** The most recently used one, but one without descriptors first: so it gets batches for sure. */
  #takeFree(): Environment | undefined {
    const isUsable = ({ environment }: Free) => environment.isAlive && !environment.isBlocked;
    const exhausted = this.#free.findIndex((one) => one.environment.isExhausted && isUsable(one));
    const at = exhausted === -1 ? this.#free.findLastIndex(isUsable) : exhausted;
    if (at === -1) return undefined;
    const [{ environment } = {}] = this.#free.splice(at, 1);
    if (environment !== undefined) environment.isTaken = true;
    return environment;
  }

  #release(environment: Environment): void {
    environment.isTaken = false;
    if (environment.isAlive && !this.#isEnding) {
      this.#free.push({ environment, since: performance.now() });
      this.#serveWaiters();
    }
    this.#threads.notifyFree();
  }

  /**
   * Gives free environments to the longest waiting invocations, which need not be those that caused
   * their starts.
   */
  #serveWaiters(): void {
    while (this.#waiters.length > 0) {
      const free = this.#takeFree();
      if (free === undefined) break;
      this.#waiters.shift()?.resolve(free);
    }
    this.#startForWaiters();
  }

  #startForWaiters(): void {
    const startingMax = Math.min(this.#waiters.length, concurrentStartsMax);
    if (this.#starting < startingMax && this.#all.size >= this.environmentsMax) this.#endBlocked();
    while (this.#starting < startingMax && this.#all.size < this.environmentsMax) {
      if (!this.#mayGrow()) {
        this.#retrySoon();
        return;
      }
      if (!this.#hasBudget()) {
        this.#retrySoon(startRetryMs);
        return;
      }
      void this.#start();
    }
  }

  /** Ends a free environment whose thread works for another function, in favor of another one. */
  #endBlocked(): void {
    const blocked = this.#free.find(
      ({ environment }) => environment.isAlive && environment.isBlocked,
    );
    void blocked?.environment.end();
  }

  #canStartAhead(): boolean {
    const { size } = this.#all;
    if (this.#isClosed || this.#starting > 0 || size >= this.environmentsMax) return false;
    if (!this.#hasBudget()) return false;
    const isQuick = this.#threads.hasRoom;
    const isTime = isQuick || performance.now() - this.#startedAt >= startAheadEveryMs;
    return isTime && this.#mayGrow();
  }

  /**
   * Whether a further environment would do work that the existing ones leave: it would only slow
   * them down where they compute, or where the machine has no processor time left. One that shares
   * a thread takes no processor time of another thread.
   */
  #mayGrow(): boolean {
    if (this.#all.size === 0 || this.#threads.hasRoom) return true;
    if (this.#load.isBusy) {
      return (
        performance.now() - this.#startedAt >= busyStartEveryMs &&
        this.computingFraction < waitingFractionMax
      );
    }
    return this.#all.size < environmentsEagerMax || this.computingFraction < computingFractionMax;
  }

  /**
   * A function without an environment may always start one, so that other functions cannot block
   * it.
   */
  #hasBudget(): boolean {
    return this.#all.size === 0 || this.#budget.hasCapacity();
  }

  /** An invocation does not fail for lack of resources of this machine: as on Lambda, it waits. */
  #handleStartError({ message }: EnvironmentStartError): void {
    const { shortName } = this.config;
    this.#rateLimited("environment cannot start", { function: shortName, message }, "warn");
    this.#retrySoon(startRetryMs);
  }

  /** Checks again soon whether all environments only wait, which allows a further one. */
  #retrySoon(afterMs = utilizationMs): void {
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      this.#startForWaiters();
    }, afterMs);
  }

  /** The average fraction of time that the environments computed recently. */
  get computingFraction(): number {
    const now = performance.now();
    if (now - this.#measured.at >= utilizationMs) {
      this.#measured = { at: now, part: this.#threads.takeUtilization() };
    }
    return this.#measured.part;
  }

  async #start(): Promise<void> {
    const environment = this.#threads.open(this.#all.size === 0);
    this.#all.add(environment);
    this.#endSweep ??= sweepRegularly(() => this.#sweep());
    this.#budget.reserve();
    this.#starting += 1;
    this.#startedAt = performance.now();
    void environment.ended.then(() => this.#remove(environment));
    try {
      await environment.ready;
      this.usage.inits += 1;
      this.#starting -= 1;
      this.#release(environment);
    } catch (error) {
      this.#starting -= 1;
      if (error instanceof EnvironmentStartError) this.#handleStartError(error);
      else {
        this.usage.inits += 1;
        this.#waiters.shift()?.reject(error);
      }
      await environment.end();
    }
  }

  #remove(environment: Environment): void {
    this.#all.delete(environment);
    if (this.#all.size === 0) {
      this.#endSweep?.();
      this.#endSweep = undefined;
    }
    this.#budget.release();
    const at = this.#free.findIndex((free) => free.environment === environment);
    if (at !== -1) this.#free.splice(at, 1);
    if (!this.#isEnding && this.#retryTimer === undefined) this.#startForWaiters();
  }

  /** Ends idle environments, and soon all but one of those with a thread each. */
  #sweep(): void {
    const { isShared } = this.#threads;
    const now = performance.now();
    const [lastMs, furtherMs] = isShared
      ? [sharedEnvironmentIdleMs, sharedEnvironmentIdleMs]
      : [environmentIdleMs, furtherEnvironmentIdleMs];
    // The most recently used one is the last.
    for (const [i, { environment, since }] of [...this.#free].reverse().entries()) {
      if (now - since > (i === 0 ? lastMs : furtherMs)) void environment.end();
    }
  }

  #report(error: unknown): void {
    const { shortName } = this.config;
    // An environment that a stop terminates has not failed.
    if (!(error instanceof FunctionError) || this.#isEnding) return;
    const { errorType, errorMessage, trace = [] } = error.report;
    const fields = { function: shortName, errorType, errorMessage, trace };
    this.#log("invocation failed", fields, "error");
  }
}

/**
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
const traceId = (now: number): string => {
  const random = crypto.randomUUID().replaceAll("-", "").slice(0, 24);
  return `Root=1-${Math.floor(now / 1_000).toString(16)}-${random};Sampled=0`;
};
