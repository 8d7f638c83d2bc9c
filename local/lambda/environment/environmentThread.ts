import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Log } from "../../platform/log.ts";
import type { AcceptedSend, Wire } from "../../wire/messages.ts";
import type { ServedWire } from "../../wire/openWire.ts";
import { SendRefused } from "../../wire/sendRefused.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import {
  heapReserveMb,
  payloadBytesMax,
  streamWindowBytes,
  threadMemoryMbMax,
  threadUnresponsiveMsMax,
  utilizationMs,
} from "../limits.ts";
import { keepCompiled } from "../runtime/functionScript.ts";
import type {
  ErrorReport,
  FromRuntime,
  FunctionScript,
  RuntimeData,
  ToRuntime,
} from "../runtime/messages.ts";
import { Environment, type EnvironmentHost, exited } from "./environment.ts";
import { lineSplitter, logFunctionLine, outputLines } from "./functionOutput.ts";
import { type MemoryWatch, watchMemory } from "./memoryLimit.ts";
import type { Metrics } from "./metrics.ts";
import { type ResponseWatch, watchResponses } from "./responsiveness.ts";

/** Dependencies of a thread. */
export interface ThreadDeps {
  /** `runtime.ts`, bundled as a module that a worker thread can start. */
  readonly runtime: URL;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A function with environments in a thread. */
export interface HostedFunction {
  readonly config: FunctionConfig;
  /** Its `process.env`, read when an environment starts. */
  readonly variables: () => Readonly<Record<string, string>>;
  /** Opens its ports to the services; by default its requests use HTTP. */
  readonly openWires?: () => readonly ServedWire[];
  /** Called with the size of each line that the function writes. */
  readonly onOutput?: (bytes: number) => void;
  /** Called when it was working in a thread of several functions that has crashed, or timed out. */
  readonly onCrash?: () => void;
}

interface ThreadOptions {
  /** The only function of the thread. By default, functions share it. */
  readonly own?: HostedFunction;
  /** Limits the garbage of the thread; default: V8's. */
  readonly youngGenerationMb?: number;
  /** Whether it runs one invocation at a time, whatever the function. */
  readonly isExclusive?: boolean;
}

/** An environment in a thread. */
interface Held {
  readonly environment: Environment;
  readonly hosted: HostedFunction;
  /** Its ports to the services. */
  wires: readonly ServedWire[];
  /** Receives the output of a function that shares the thread with others. */
  readonly write: (text: string) => void;
}

/** `process.env` of a thread that functions share. */
const sharedVariables = { LANG: "en_US.UTF-8", TZ: ":UTC" };

/**
 * A worker thread with execution environments of one function, or of several functions.
 *
 * A thread with one environment is terminated when an invocation exceeds its timeout, so that an
 * endless loop ends too. In a shared thread the timeout ends only its environment, whose code may
 * still run: the thread is then retired. It takes no further invocation and ends with the last one
 * in progress. An uncaught exception, the memory limit, or a loop that keeps the thread from
 * responding ends the thread with all of its invocations. An exclusive thread runs one invocation
 * at a time, so that none of these concerns another one, unless code that an invocation left
 * running causes it.
 */
export class EnvironmentThread implements EnvironmentHost {
  /** Resolves when the thread has exited. */
  readonly ended: Promise<void>;
  readonly #deps: ThreadDeps;
  readonly #own: HostedFunction | undefined;
  readonly #isExclusive: boolean;
  readonly #ownWires: readonly ServedWire[];
  readonly #worker: Worker;
  readonly #memoryWatch: MemoryWatch;
  readonly #held = new Map<number, Held>();
  readonly #exit = Promise.withResolvers<void>();
  /** The scripts that the thread has received. */
  readonly #scripts = new Set<FunctionScript>();
  #utilization: EventLoopUtilization;
  #measuredAt = Number.POSITIVE_INFINITY;
  #responses: ResponseWatch | undefined;
  #watchers = 0;
  #opened = 0;
  #isRetired = false;

  constructor({ own, youngGenerationMb, isExclusive = false }: ThreadOptions, deps: ThreadDeps) {
    const { folder = "", handler = "", name = "functions" } = own?.config ?? {};
    const served = own?.openWires?.() ?? [];
    const wires = served.map(portOf);
    const data: RuntimeData = { folder, handler, payloadBytesMax, streamWindowBytes, wires };
    this.#own = own;
    this.#isExclusive = isExclusive;
    this.#ownWires = served;
    this.#deps = deps;
    this.ended = this.#exit.promise;
    this.#worker = new Worker(deps.runtime, {
      name,
      workerData: data,
      transferList: wires.map(({ port }) => port),
      env: { ...(own?.variables() ?? sharedVariables) },
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: (own?.config.memoryMb ?? threadMemoryMbMax) + heapReserveMb,
        ...(youngGenerationMb !== undefined && { maxYoungGenerationSizeMb: youngGenerationMb }),
      },
    });
    this.#memoryWatch = watchMemory(
      this.#worker,
      () => this.#memoryMb,
      (usedMb) => this.#crash(outOfMemory(usedMb, this.#memoryMb)),
    );
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    this.#worker.on("message", (message: FromRuntime) => this.#handle(message));
    this.#worker.on("error", (error) => {
      if (!isStartFailure(error)) {
        this.#crash(crashed(error));
        return;
      }
      for (const { environment } of this.#held.values()) environment.failStart(error.message);
      this.#terminate(crashed(error));
    });
    this.#worker.on("exit", (code) => this.#exited(code));
    const line = this.#lineOf(own);
    outputLines(this.#worker.stdout, line);
    outputLines(this.#worker.stderr, line);
  }

  /** Whether the thread can open a further environment, if it may open this many in total. */
  hasRoom(environmentsMax: number): boolean {
    return !this.#isRetired && this.#opened < environmentsMax;
  }

  /** Whether an invocation, or a function that is being loaded, has the thread for itself. */
  get isOccupied(): boolean {
    return this.#isExclusive && this.#isUsed();
  }

  isBlocked(environment: Environment): boolean {
    return this.#isExclusive && this.#isUsed(environment);
  }

  /** Whether an environment has work, apart from this one. */
  #isUsed(except?: Environment): boolean {
    for (const { environment } of this.#held.values()) {
      if (environment === except) continue;
      if (environment.isTaken || environment.isLoading) return true;
    }
    return false;
  }

  /**
   * Opens an environment. `script` is required for all but the first of a thread with one function.
   */
  open(hosted: HostedFunction, script?: Promise<FunctionScript>): Environment {
    this.#opened += 1;
    // A single invocation has its timeout.
    if (this.#opened > 1 && !this.#isExclusive) this.#responses ??= this.#watchResponses();
    const environment = new Environment(this.#opened, this);
    const write = lineSplitter(this.#lineOf(hosted));
    const held: Held = { environment, hosted, write, wires: this.#ownWires };
    this.#held.set(environment.number, held);
    void this.#load(held, script);
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
    this.#responses?.start();
  }

  unwatch(): void {
    this.#watchers -= 1;
    if (this.#watchers > 0) return;
    this.#memoryWatch.end();
    this.#responses?.end();
  }

  abandon(environment: Environment, report: ErrorReport): void {
    const held = this.#held.get(environment.number);
    if (held === undefined) return;
    if (this.#own === undefined) held.hosted.onCrash?.();
    this.close(environment, report);
    if (this.#held.size > 0) this.#retire();
  }

  close(environment: Environment, report: ErrorReport): void {
    if (!this.#held.has(environment.number)) return;
    environment.fail(report);
    if (this.#held.size === 1) {
      this.#terminate(report);
      return;
    }
    this.send({ kind: "close", environment: environment.number });
    this.#held.delete(environment.number);
    environment.leave();
  }

  acceptsSends({ number }: Environment): boolean {
    return this.#held.get(number)?.wires.some((wire) => wire.acceptsSends?.() === true) ?? false;
  }

  handleSends({ number }: Environment, sends: readonly AcceptedSend[]): void | Promise<void> {
    const wire = this.#held.get(number)?.wires.find(({ acceptsSends }) => acceptsSends);
    if (wire?.handleSends === undefined) throw new SendRefused();
    return wire.handleSends(sends);
  }

  onIdle(environment: Environment): void {
    if (this.#isRetired) this.close(environment, retired);
  }

  async #load(held: Held, script: Promise<FunctionScript> | undefined) {
    const { environment, hosted } = held;
    const { number } = environment;
    try {
      // The thread keeps a script that it has received.
      const loaded = await script;
      if (!this.#held.has(number)) return;
      const isNew = loaded !== undefined && !this.#scripts.has(loaded);
      if (isNew) this.#scripts.add(loaded);
      const { variables, openWires, config } = hosted;
      if (this.#own === undefined) held.wires = openWires?.() ?? [];
      const wires = this.#own === undefined ? held.wires.map(portOf) : [];
      const file = loaded?.file ?? "";
      const shared = { file, handler: config.handler, variables: { ...variables() }, wires };
      const message: ToRuntime = {
        ...{ kind: "open", environment: number },
        ...(isNew && { script: loaded }),
        ...(this.#own === undefined && { shared }),
      };
      environment.startInit();
      this.#worker.postMessage(
        message,
        wires.map(({ port }) => port),
      );
    } catch (error) {
      environment.failStart(`environments cannot share a thread: ${String(error)}`);
    }
  }

  /** Logs a line of a function. Without one, the line is the thread's own. */
  #lineOf(hosted: HostedFunction | undefined): (text: string) => void {
    const { log, metrics } = this.#deps;
    const name = hosted?.config.shortName ?? "functions";
    return (text) => {
      hosted?.onOutput?.(Buffer.byteLength(text));
      if (!metrics.read(text)) logFunctionLine(log, name, text);
    };
  }

  #watchResponses(): ResponseWatch {
    return watchResponses(this.#worker, {
      ping: () => this.#post({ kind: "ping" }),
      onUnresponsive: () => this.#held.size > 1 && this.#crash(unresponsive),
    });
  }

  /** The sum of its environments' memory. */
  get #memoryMb(): number {
    let sum = 0;
    for (const { hosted } of this.#held.values()) sum += hosted.config.memoryMb;
    return Math.min(sum, threadMemoryMbMax);
  }

  #post(message: ToRuntime): void {
    this.#worker.postMessage(message);
  }

  #handle(message: FromRuntime): void {
    if (message.kind === "pong") {
      this.#responses?.pong();
      return;
    }
    if (message.kind === "compiled") {
      void keepCompiled(message.compiledFile, message.compiled);
      return;
    }
    const held = this.#held.get(message.environment);
    if (message.kind === "output") held?.write(message.text);
    else held?.environment.handle(message);
  }

  #retire(): void {
    this.#isRetired = true;
    for (const { environment } of [...this.#held.values()]) {
      if (environment.isWorking) continue;
      if (environment.isLoading) environment.failStart(retired.errorMessage);
      this.close(environment, retired);
    }
  }

  /** Ends the thread because of a function's fault. Any function that was working may be it. */
  #crash(report: ErrorReport): void {
    this.#reportSuspects();
    this.#terminate(report);
  }

  #reportSuspects(): void {
    if (this.#own !== undefined) return;
    for (const { environment, hosted } of this.#held.values()) {
      if (environment.isWorking || environment.isLoading) hosted.onCrash?.();
    }
  }

  #terminate(report: ErrorReport): void {
    const count = this.#held.size;
    if (count > 1 && !this.#isRetired) {
      const { errorType, errorMessage } = report;
      const name = this.#own?.config.shortName ?? "functions";
      const fields = { function: name, environments: count };
      this.#deps.log("thread ended", { ...fields, errorType, errorMessage }, "error");
    }
    this.#isRetired = true;
    for (const { environment } of this.#held.values()) environment.fail(report);
    void this.#worker.terminate();
  }

  #exited(code: number): void {
    if (!this.#isRetired) this.#reportSuspects();
    this.#isRetired = true;
    this.#responses?.stop();
    for (const { environment } of this.#held.values()) {
      environment.fail(exited(code));
      environment.leave();
    }
    this.#held.clear();
    this.#exit.resolve();
  }
}

/** What a thread gets of a wire. */
const portOf = ({ hosts, port }: Wire): Wire => ({ hosts, port });

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
