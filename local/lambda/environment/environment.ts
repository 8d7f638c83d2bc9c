import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Log } from "../../platform/log.ts";
import type { Wire } from "../../wire/messages.ts";
import { EnvironmentStartError, FunctionError } from "../errors.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import { heapReserveMb, initMsMax, payloadBytesMax, streamWindowBytes } from "../limits.ts";
import type { ErrorReport, FromRuntime, Job, RuntimeData, ToRuntime } from "../runtime/messages.ts";
import { logFunctionLine, outputLines } from "./functionOutput.ts";
import { watchMemory } from "./memoryLimit.ts";
import type { Metrics } from "./metrics.ts";

/** The reader of a streaming function's response. */
export interface ResponseSink {
  /** Resolves when the next chunk may be written. Must not reject. */
  write(piece: Uint8Array): Promise<void>;
  /** Aborted when the reader has disconnected. */
  readonly left: AbortSignal;
}

/** Dependencies of an environment. */
export interface EnvironmentDeps {
  /** `runtime.ts`, bundled as a module that a worker thread can start. */
  readonly runtime: URL;
  readonly variables: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Opens the ports to the services for one environment; by default its requests use HTTP. */
  readonly openWires?: () => readonly Wire[];
  /** Called with the size of each line that the function writes. */
  readonly onOutput?: (bytes: number) => void;
}

interface Work {
  readonly requestId: string;
  readonly sink: ResponseSink | undefined;
  readonly outcome: PromiseWithResolvers<string | undefined>;
}

/**
 * One execution environment of a function: a worker thread that handles one invocation at a time.
 *
 * The timeout and the memory limit are enforced from outside the thread, so that a thread in an
 * endless loop is terminated too.
 */
export class Environment {
  /**
   * Resolves when the function is loaded. Rejects with a `FunctionError` when it cannot be loaded,
   * or an `EnvironmentStartError` when the thread cannot start.
   */
  readonly ready: Promise<void>;
  /** Resolves when the thread has exited. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #memoryMb: number;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<void>();
  readonly #initTimer: NodeJS.Timeout;
  #work: Work | undefined;
  #utilization: EventLoopUtilization;
  #isAlive = true;

  constructor(
    config: FunctionConfig,
    { runtime, variables, log, metrics, openWires = () => [], onOutput }: EnvironmentDeps,
  ) {
    const { folder, handler, memoryMb, name, shortName } = config;
    const wires = openWires();
    const data: RuntimeData = { folder, handler, payloadBytesMax, streamWindowBytes, wires };
    this.#worker = new Worker(runtime, {
      name,
      workerData: data,
      transferList: wires.map(({ port }) => port),
      env: { ...variables },
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb + heapReserveMb },
    });
    this.#memoryMb = memoryMb;
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    this.ready = this.#loaded.promise;
    this.ended = this.#exit.promise;
    const stopWatching = this.#limitMemory();
    // Callers of `ready` receive the failure. Without a caller it must not become an unhandled
    // rejection.
    this.ready.catch(() => {}).finally(stopWatching);
    this.#initTimer = setTimeout(() => this.#end(initTimedOut), initMsMax);
    this.#worker.on("message", (message: FromRuntime) => this.#handle(message));
    this.#worker.on("error", (error) => {
      if (isStartFailure(error)) this.#loaded.reject(new EnvironmentStartError(error.message));
      this.#end(crashed(error));
    });
    this.#worker.on("exit", (code) => this.#exited(code));
    const line = (text: string): void => {
      onOutput?.(Buffer.byteLength(text));
      if (!metrics.read(text)) logFunctionLine(log, shortName, text);
    };
    outputLines(this.#worker.stdout, line);
    outputLines(this.#worker.stderr, line);
  }

  /** False once the environment can take no further invocation. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The fraction of time, from 0 to 1, that the thread computed since the last call. */
  takeUtilization(): number {
    const { performance } = this.#worker;
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.#utilization, before).utilization;
  }

  /**
   * Runs one invocation. Resolves with the response in JSON, or with `undefined` when the function
   * streamed it into the sink. Rejects with a `FunctionError`.
   */
  async invoke(job: Job, sink?: ResponseSink): Promise<string | undefined> {
    const { requestId } = job;
    const work: Work = { requestId, sink, outcome: Promise.withResolvers() };
    this.#work = work;
    const stopWatching = this.#limitMemory();
    const sendLeft = (): void => this.#send({ kind: "left", requestId });
    const timer = setTimeout(() => this.#end(timedOut(job)), job.deadline - job.startedAt);
    sink?.left.addEventListener("abort", sendLeft);
    this.#send({ kind: "invoke", job });
    if (sink?.left.aborted) sendLeft();
    try {
      return await work.outcome.promise;
    } finally {
      clearTimeout(timer);
      stopWatching();
      sink?.left.removeEventListener("abort", sendLeft);
      this.#work = undefined;
    }
  }

  /** Terminates the thread and its invocation. */
  async end(): Promise<void> {
    this.#end({ errorType: "Sandbox.Ended", errorMessage: "the local cloud stopped" });
    await this.ended;
  }

  #limitMemory(): () => void {
    return watchMemory(this.#worker, this.#memoryMb, (usedMb) =>
      this.#end(outOfMemory(usedMb, this.#memoryMb)),
    );
  }

  #send(message: ToRuntime): void {
    this.#worker.postMessage(message);
  }

  #handle(message: FromRuntime): void {
    switch (message.kind) {
      case "ready":
        clearTimeout(this.#initTimer);
        this.#loaded.resolve();
        break;
      case "chunk":
        void this.#forward(message.bytes);
        break;
      case "done":
        this.#work?.outcome.resolve(message.payload);
        break;
      case "failed":
        if (lacksDescriptor(message.report)) {
          this.#loaded.reject(new EnvironmentStartError(message.report.errorMessage));
        }
        this.#fail(message.report);
        break;
    }
  }

  async #forward(bytes: Uint8Array): Promise<void> {
    const work = this.#work;
    if (work === undefined) return;
    await work.sink?.write(bytes);
    this.#send({ kind: "taken", requestId: work.requestId, bytes: bytes.byteLength });
  }

  /** Fails the initialization or invocation in progress. */
  #fail(report: ErrorReport): void {
    this.#loaded.reject(new FunctionError(report));
    this.#work?.outcome.reject(new FunctionError(report));
  }

  #end(report: ErrorReport): void {
    this.#isAlive = false;
    this.#fail(report);
    void this.#worker.terminate();
  }

  #exited(code: number): void {
    clearTimeout(this.#initTimer);
    this.#isAlive = false;
    this.#fail(exited(code));
    this.#exit.resolve();
  }
}

const initTimedOut: ErrorReport = {
  errorType: "Sandbox.Timedout",
  errorMessage: `Init timed out after ${(initMsMax / 1_000).toFixed(2)} seconds`,
};

const timedOut = ({ requestId, deadline, startedAt }: Job): ErrorReport => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${((deadline - startedAt) / 1_000).toFixed(2)} seconds`,
});

/**
 * Whether the function's code could not be read for lack of file descriptors. Has no effect once
 * the function is loaded.
 */
const lacksDescriptor = ({ errorMessage }: ErrorReport): boolean =>
  /^(EMFILE|ENFILE)\b/.test(errorMessage);

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
