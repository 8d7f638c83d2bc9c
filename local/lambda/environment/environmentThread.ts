import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Log } from "../../platform/log.ts";
import type { Wire } from "../../wire/messages.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import {
  heapReserveMb,
  payloadBytesMax,
  sharedYoungGenerationMb,
  streamWindowBytes,
  threadMemoryMbMax,
  threadUnresponsiveMsMax,
  utilizationMs,
} from "../limits.ts";
import type {
  ErrorReport,
  FromRuntime,
  FunctionScript,
  RuntimeData,
  ToRuntime,
} from "../runtime/messages.ts";
import { Environment, type EnvironmentHost } from "./environment.ts";
import { logFunctionLine, outputLines } from "./functionOutput.ts";
import { type MemoryWatch, watchMemory } from "./memoryLimit.ts";
import type { Metrics } from "./metrics.ts";
import { watchResponses } from "./responsiveness.ts";

/** Dependencies of a thread. */
export interface ThreadDeps {
  /** `runtime.ts`, bundled as a module that a worker thread can start. */
  readonly runtime: URL;
  readonly variables: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Opens the ports to the services for one thread; by default its requests use HTTP. */
  readonly openWires?: () => readonly Wire[];
  /** Called with the size of each line that the function writes. */
  readonly onOutput?: (bytes: number) => void;
}

/**
 * A worker thread with execution environments of one function.
 *
 * A thread with one environment is terminated when an invocation exceeds its timeout, so that an
 * endless loop ends too. In a shared thread the timeout ends only its environment, whose code may
 * still run: the thread is then retired. It takes no further invocation and ends with the last one
 * in progress. An uncaught exception, the memory limit, or a loop that keeps the thread from
 * responding ends the thread with all of its invocations.
 */
export class EnvironmentThread implements EnvironmentHost {
  /** Resolves when the thread has exited. */
  readonly ended: Promise<void>;
  readonly #config: FunctionConfig;
  readonly #log: Log;
  readonly #worker: Worker;
  readonly #memoryWatch: MemoryWatch;
  readonly #environments = new Map<number, Environment>();
  readonly #exit = Promise.withResolvers<void>();
  #script: FunctionScript | undefined;
  #utilization: EventLoopUtilization;
  #measuredAt = Number.POSITIVE_INFINITY;
  #responses: ReturnType<typeof watchResponses> | undefined;
  #watchers = 0;
  #opened = 0;
  #isRetired = false;

  /** `isQuiet`: environments will mostly wait, so the thread keeps less garbage. */
  constructor(config: FunctionConfig, deps: ThreadDeps, isQuiet: boolean) {
    const { runtime, variables, log, metrics, openWires = () => [], onOutput } = deps;
    const { folder, handler, memoryMb, name, shortName } = config;
    const wires = openWires();
    const data: RuntimeData = { folder, handler, payloadBytesMax, streamWindowBytes, wires };
    this.#config = config;
    this.#log = log;
    this.ended = this.#exit.promise;
    this.#worker = new Worker(runtime, {
      name,
      workerData: data,
      transferList: wires.map(({ port }) => port),
      env: { ...variables },
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMb + heapReserveMb,
        ...(isQuiet && { maxYoungGenerationSizeMb: sharedYoungGenerationMb }),
      },
    });
    this.#memoryWatch = watchMemory(
      this.#worker,
      () => this.#memoryMb,
      (usedMb) => this.#terminate(outOfMemory(usedMb, this.#memoryMb)),
    );
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    this.#worker.on("message", (message: FromRuntime) => this.#handle(message));
    this.#worker.on("error", (error) => {
      if (isStartFailure(error)) {
        for (const environment of this.#environments.values()) environment.failStart(error.message);
      }
      this.#terminate(crashed(error));
    });
    this.#worker.on("exit", (code) => this.#exited(code));
    const line = (text: string): void => {
      onOutput?.(Buffer.byteLength(text));
      if (!metrics.read(text)) logFunctionLine(log, shortName, text);
    };
    outputLines(this.#worker.stdout, line);
    outputLines(this.#worker.stderr, line);
  }

  /** Whether the thread can open a further environment, if it may open this many in total. */
  hasRoom(environmentsMax: number): boolean {
    return !this.#isRetired && this.#opened < environmentsMax;
  }

  /** Opens an environment. `script` is required for all but the first. */
  open(script?: Promise<FunctionScript>): Environment {
    this.#opened += 1;
    // A single environment has its timeout.
    if (this.#opened > 1) this.#responses ??= this.#watchResponses();
    const environment = new Environment(this.#opened, this);
    this.#environments.set(environment.number, environment);
    void this.#load(environment, script);
    return environment;
  }

  /** Ends the time of loading a function, which says nothing about its invocations. */
  startMeasuring(): void {
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    this.#measuredAt = performance.now();
  }

  /**
   * The fraction of time, from 0 to 1, that the thread computed since the last call; `undefined`
   * while the function is being loaded, and shortly afterwards.
   */
  takeUtilization(): number | undefined {
    const now = performance.now();
    if (now - this.#measuredAt < utilizationMs) return undefined;
    const { performance: worker } = this.#worker;
    const before = this.#utilization;
    this.#utilization = worker.eventLoopUtilization();
    this.#measuredAt = now;
    return worker.eventLoopUtilization(this.#utilization, before).utilization;
  }

  send(message: ToRuntime): void {
    this.#post(message);
  }

  watch(): void {
    this.#watchers += 1;
    this.#memoryWatch.start();
  }

  unwatch(): void {
    this.#watchers -= 1;
    if (this.#watchers === 0) this.#memoryWatch.end();
  }

  abandon(environment: Environment, report: ErrorReport): void {
    if (!this.#environments.has(environment.number)) return;
    this.close(environment, report);
    if (this.#environments.size > 0) this.#retire();
  }

  close(environment: Environment, report: ErrorReport): void {
    if (!this.#environments.has(environment.number)) return;
    environment.fail(report);
    if (this.#environments.size === 1) {
      this.#terminate(report);
      return;
    }
    this.send({ kind: "close", environment: environment.number });
    this.#environments.delete(environment.number);
    environment.leave();
  }

  onIdle(environment: Environment): void {
    if (this.#isRetired) this.close(environment, retired);
  }

  async #load(environment: Environment, script: Promise<FunctionScript> | undefined) {
    const { number } = environment;
    try {
      // The thread keeps a script that it has received.
      const loaded = await script;
      const isNew = loaded !== undefined && loaded !== this.#script;
      if (isNew) this.#script = loaded;
      this.send({ kind: "open", environment: number, ...(isNew && { script: loaded }) });
    } catch (error) {
      environment.failStart(`environments cannot share a thread: ${String(error)}`);
    }
  }

  #watchResponses() {
    return watchResponses(this.#worker, {
      ping: () => this.#post({ kind: "ping" }),
      onUnresponsive: () => this.#environments.size > 1 && this.#terminate(unresponsive),
    });
  }

  /** The sum of its environments' memory. */
  get #memoryMb(): number {
    return Math.min(this.#config.memoryMb * this.#environments.size, threadMemoryMbMax);
  }

  #post(message: ToRuntime): void {
    this.#worker.postMessage(message);
  }

  #handle(message: FromRuntime): void {
    if (message.kind === "pong") this.#responses?.pong();
    else this.#environments.get(message.environment)?.handle(message);
  }

  #retire(): void {
    this.#isRetired = true;
    for (const environment of [...this.#environments.values()]) {
      if (environment.isWorking) continue;
      if (environment.isLoading) environment.failStart(retired.errorMessage);
      this.close(environment, retired);
    }
  }

  #terminate(report: ErrorReport): void {
    const count = this.#environments.size;
    if (count > 1 && !this.#isRetired) {
      const { errorType, errorMessage } = report;
      const fields = { function: this.#config.shortName, environments: count };
      this.#log("thread ended", { ...fields, errorType, errorMessage }, "error");
    }
    this.#isRetired = true;
    for (const environment of this.#environments.values()) environment.fail(report);
    void this.#worker.terminate();
  }

  #exited(code: number): void {
    this.#isRetired = true;
    this.#responses?.stop();
    for (const environment of this.#environments.values()) {
      environment.fail(exited(code));
      environment.leave();
    }
    this.#environments.clear();
    this.#exit.resolve();
  }
}

const retired: ErrorReport = {
  errorType: "Sandbox.Retired",
  errorMessage: "another environment of the thread exceeded its timeout",
};

const unresponsive: ErrorReport = {
  errorType: "Sandbox.Unresponsive",
  errorMessage: `the thread did not respond for ${threadUnresponsiveMsMax / 1_000} seconds`,
};

/**
 * Whether the thread could not start, for example for lack of file descriptors:
 * https://nodejs.org/api/errors.html#err_worker_init_failed
 */
const isStartFailure = (error: Error): boolean =>
  "code" in error && error.code === "ERR_WORKER_INIT_FAILED";

/** Lambda's error, with the memory sizes added. */
const outOfMemory = (usedMb: number, memoryMb: number): ErrorReport => ({
  errorType: "Runtime.ExitError",
  errorMessage: `Runtime exited with error: signal: killed (it held ${Math.round(usedMb)} MB and has ${memoryMb} MB)`,
});

const crashed = (error: Error): ErrorReport => ({
  errorType: error.name,
  errorMessage: error.message,
  trace: (error.stack ?? "").split("\n"),
});

const exited = (code: number): ErrorReport => ({
  errorType: "Runtime.ExitError",
  errorMessage:
    code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`,
});
