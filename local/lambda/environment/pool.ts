import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "../../fault/fault.ts";
import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import { EnvironmentStartError, FunctionError, ThrottledError } from "../errors.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import {
  aheadEveryMs,
  computingPartMax,
  environmentIdleMs,
  environmentsEagerMax,
  freeForMoreMin,
  startRetryMs,
  startsAtOnceMax,
  utilizationMs,
  waitingMax,
} from "../limits.ts";
import type { Job } from "../runtime/messages.ts";
import { Environment, type EnvironmentDeps, type ResponseSink } from "./environment.ts";
import { type EnvironmentBudget, environmentsMax, processBudget } from "./environmentBudget.ts";

/** What was counted of one function since the start. */
export interface Usage {
  invocations: number;
  errors: number;
  throttles: number;
  /** Execution environments that were started. */
  inits: number;
  /** The sum of the durations of all invocations, their initialization not counted. */
  durationMs: number;
  /** What the function wrote to its log, the end of each line not counted. */
  outputBytes: number;
  outputLines: number;
  readonly memoryMb: number;
}

export interface RunOptions {
  readonly payload: string;
  readonly sink?: ResponseSink | undefined;
  /**
   * Wait for an environment as long as it takes. Otherwise an invocation is throttled: at once when the
   * function has reserved its concurrency, as on Lambda; after a bounded wait when it has not, since
   * the bound of such a function is this machine's and not Lambda's.
   */
  readonly waits?: boolean;
}

export interface PoolDeps extends EnvironmentDeps {
  /** What is wrong with all functions, if anything. */
  readonly faultNow?: () => Fault | undefined;
  /** What all functions share. */
  readonly budget?: EnvironmentBudget;
}

/**
 * The execution environments of one function. A free one is used again, the last used first, so that
 * those that the load no longer needs fall idle and are ended. One more is started only when none is free.
 */
export class Pool {
  readonly config: FunctionConfig;
  readonly environmentsMax: number;
  readonly usage: Usage;
  readonly #surroundings: EnvironmentDeps;
  readonly #room: EnvironmentBudget;
  readonly #log: Log;
  readonly #seldom: Log;
  readonly #faultNow: () => Fault | undefined;
  readonly #all = new Set<Environment>();
  readonly #free: { environment: Environment; since: number }[] = [];
  readonly #waiters: PromiseWithResolvers<Environment>[] = [];
  readonly #sweeper: NodeJS.Timeout;
  #seen = { at: 0, part: 0 };
  #looking: NodeJS.Timeout | undefined;
  #settled: PromiseWithResolvers<void> | undefined;
  #running = 0;
  #starting = 0;
  #startedAt = 0;
  #isClosed = false;
  #isEnding = false;

  constructor(
    config: FunctionConfig,
    { faultNow = () => undefined, budget = processBudget, ...deps }: PoolDeps,
  ) {
    this.#room = budget;
    this.#faultNow = faultNow;
    this.config = config;
    this.environmentsMax = environmentsMax(config.reserved);
    this.usage = {
      invocations: 0,
      errors: 0,
      throttles: 0,
      inits: 0,
      durationMs: 0,
      outputBytes: 0,
      outputLines: 0,
      memoryMb: config.memoryMb,
    };
    const onOutput = (bytes: number): void => {
      this.usage.outputBytes += bytes;
      this.usage.outputLines += 1;
    };
    this.#surroundings = { ...deps, onOutput };
    this.#log = deps.log;
    this.#seldom = rateLimitedLog(deps.log);
    this.#sweeper = setInterval(() => this.#sweep(), environmentIdleMs / 4).unref();
  }

  /**
   * Runs one invocation. Resolves with the answer in JSON, or with `undefined` when the response was
   * streamed into the sink. Rejects with a `FunctionError` or a `ThrottledError`.
   */
  async run({ payload, sink, waits = false }: RunOptions): Promise<string | undefined> {
    this.#admit(waits);
    this.usage.invocations += 1;
    this.#running += 1;
    let environment: Environment | undefined;
    try {
      environment = await this.#acquire();
      return await this.#invoke(environment, payload, sink);
    } catch (error) {
      this.usage.errors += 1;
      this.#report(error);
      throw error;
    } finally {
      if (environment !== undefined) this.#release(environment);
      this.#running -= 1;
      if (this.#running === 0) this.#settled?.resolve();
    }
  }

  /** Takes no further invocations. Resolves when those under way are through. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#settled = Promise.withResolvers();
    if (this.#running > 0) await this.#settled.promise;
  }

  /** True when invocations wait for an environment. */
  get isBehind(): boolean {
    return this.#waiters.length > 0;
  }

  /** True when some environments are free. Otherwise one more may be on its way, so that it is worth asking again. */
  makeRoom(): boolean {
    const isThere = this.#free.length >= freeForMoreMin;
    if (!isThere && this.#mayStartAhead()) void this.#start();
    return isThere;
  }

  /** Closes, and ends every environment, whatever it does. What runs or waits fails. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    clearTimeout(this.#looking);
    await this.halt();
  }

  /** The same, and it can be resumed. */
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

  #admit(waits: boolean): void {
    const unstarted = this.environmentsMax - this.#all.size;
    const spare = this.#free.length + this.#starting + unstarted - this.#waiters.length;
    const mayWait = this.config.reserved === undefined && this.#waiters.length < waitingMax;
    const isThrottled = !waits && spare <= 0 && !mayWait;
    if (!isThrottled && !this.#isClosed) return;
    this.usage.throttles += 1;
    throw new ThrottledError(`${this.config.name}: Rate Exceeded`);
  }

  async #invoke(
    environment: Environment,
    payload: string,
    sink: ResponseSink | undefined,
  ): Promise<string | undefined> {
    const begun = Date.now();
    const startedAt = performance.now();
    const job: Job = {
      requestId: crypto.randomUUID(),
      payload,
      begun,
      deadline: begun + this.config.timeoutSeconds * 1_000,
      functionArn: this.config.arn,
      traceId: traceId(begun),
    };
    try {
      const fault = this.#faultNow();
      if (fault !== undefined) await injectFault(this.config.name, fault);
      return await environment.invoke(job, sink);
    } finally {
      this.usage.durationMs += performance.now() - startedAt;
    }
  }

  #acquire(): Environment | Promise<Environment> {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (free.environment.isAlive) return free.environment;
    }
    const waiter = Promise.withResolvers<Environment>();
    this.#waiters.push(waiter);
    this.#startForWaiters();
    return waiter.promise;
  }

  /** Gives a free environment to whoever waits longest, which need not be who had it started. */
  #release(environment: Environment): void {
    if (!environment.isAlive || this.#isEnding) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve(environment);
    else this.#free.push({ environment, since: performance.now() });
    this.#startForWaiters();
  }

  #startForWaiters(): void {
    const startingMax = Math.min(this.#waiters.length, startsAtOnceMax);
    while (this.#starting < startingMax && this.#all.size < this.environmentsMax) {
      if (this.#all.size >= environmentsEagerMax && this.#computingPart() >= computingPartMax) {
        this.#lookAgain();
        return;
      }
      if (!this.#hasRoom()) {
        this.#lookAgain(startRetryMs);
        return;
      }
      void this.#start();
    }
  }

  #mayStartAhead(): boolean {
    const { size } = this.#all;
    if (this.#isClosed || this.#starting > 0 || size >= this.environmentsMax) return false;
    if (!this.#hasRoom()) return false;
    if (size < environmentsEagerMax) return true;
    return (
      performance.now() - this.#startedAt >= aheadEveryMs &&
      this.#computingPart() < computingPartMax
    );
  }

  /** A function without an environment may always start one: other functions cannot keep it from running. */
  #hasRoom(): boolean {
    return this.#all.size === 0 || this.#room.hasCapacity();
  }

  /** Nobody's invocation fails because this machine is short of something: as on Lambda, it waits. */
  #startLater({ message }: EnvironmentStartError): void {
    const { shortName } = this.config;
    this.#seldom("no environment can be started now", { function: shortName, message }, "warn");
    this.#lookAgain(startRetryMs);
  }

  /** They may all do nothing but wait soon, for longer than who waits for them should. */
  #lookAgain(afterMs = utilizationMs): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      this.#startForWaiters();
    }, afterMs);
  }

  /** The part of the time in which the environments computed lately, on average. */
  #computingPart(): number {
    const now = performance.now();
    if (now - this.#seen.at >= utilizationMs) {
      const parts = [...this.#all].map((environment) => environment.takeUtilization());
      const part = parts.reduce((sum, each) => sum + each, 0) / Math.max(1, parts.length);
      this.#seen = { at: now, part };
    }
    return this.#seen.part;
  }

  async #start(): Promise<void> {
    const environment = new Environment(this.config, this.#surroundings);
    this.#all.add(environment);
    this.#room.reserve();
    this.#starting += 1;
    this.#startedAt = performance.now();
    this.usage.inits += 1;
    void environment.ended.then(() => this.#forget(environment));
    try {
      await environment.ready;
      this.#starting -= 1;
      // To load the function was work, and says nothing of what it does then.
      environment.takeUtilization();
      this.#release(environment);
    } catch (error) {
      this.#starting -= 1;
      if (error instanceof EnvironmentStartError) this.#startLater(error);
      else this.#waiters.shift()?.reject(error);
      await environment.end();
    }
  }

  #forget(environment: Environment): void {
    this.#all.delete(environment);
    this.#room.release();
    const at = this.#free.findIndex((free) => free.environment === environment);
    if (at !== -1) this.#free.splice(at, 1);
    if (!this.#isEnding && this.#looking === undefined) this.#startForWaiters();
  }

  #sweep(): void {
    const before = performance.now() - environmentIdleMs;
    for (const { environment, since } of [...this.#free]) {
      if (since < before) void environment.end();
    }
  }

  #report(error: unknown): void {
    const { shortName } = this.config;
    // What is ended with everything else has not failed.
    if (!(error instanceof FunctionError) || this.#isEnding) return;
    const { errorType, errorMessage, trace = [] } = error.report;
    const fields = { function: shortName, errorType, errorMessage, trace };
    this.#log("invocation failed", fields, "error");
  }
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
const traceId = (now: number): string => {
  const random = crypto.randomUUID().replaceAll("-", "").slice(0, 24);
  return `Root=1-${Math.floor(now / 1_000).toString(16)}-${random};Sampled=0`;
};

/** Does to an invocation what a drill asked for. Fails with a `FunctionError` that the function is not to blame for. */
export const injectFault = async (
  functionName: string,
  { delayMs, error }: Fault,
): Promise<void> => {
  await wait(delayMs);
  if (error === undefined || Math.random() >= error.share) return;
  const { operations, code: errorType } = error;
  if (operations !== undefined && !operations.some((part) => functionName.includes(part))) return;
  throw new FunctionError({ errorType, errorMessage: "a fault made on purpose" });
};
