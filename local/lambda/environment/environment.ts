import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import type { Log } from "../../platform/log.ts";
import { EnvironmentStartError, FunctionError } from "../errors.ts";
import type { FunctionConfig } from "../function/functionConfig.ts";
import { heapRoomMb, initMsMax, payloadBytesMax, streamWindowBytes } from "../limits.ts";
import type { ErrorReport, FromRuntime, Job, RuntimeData, ToRuntime } from "../runtime/messages.ts";
import { logFunctionLine, outputLines } from "./functionOutput.ts";
import { watchMemory } from "./memoryLimit.ts";
import type { Metrics } from "./metrics.ts";

/** Who reads the response of a streaming function. */
export interface ResponseSink {
  /** Resolves when the next piece may come. Must not reject. */
  write(piece: Uint8Array): Promise<void>;
  /** Aborted when nobody reads any more. */
  readonly left: AbortSignal;
}

/** What an environment needs of its surroundings. */
export interface EnvironmentDeps {
  /** `runtime.ts`, as a module that a thread can begin with. */
  readonly runtime: URL;
  readonly variables: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called with the size of each line that the function writes. */
  readonly onOutput?: (bytes: number) => void;
}

interface Work {
  readonly requestId: string;
  readonly sink: ResponseSink | undefined;
  readonly over: PromiseWithResolvers<string | undefined>;
}

/**
 * One execution environment of a function: a worker thread that handles one invocation at a time.
 *
 * The clock of an invocation runs here, and its memory is looked at from here, so that a thread in an
 * endless loop is ended too.
 */
export class Environment {
  /** Resolves when the function is loaded. Rejects with a `FunctionError` when it cannot be, or `EnvironmentStartError` when there is no thread. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #memoryMb: number;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #initTimer: NodeJS.Timeout;
  #work: Work | undefined;
  #utilization: EventLoopUtilization;
  #isAlive = true;

  constructor(
    config: FunctionConfig,
    { runtime, variables, log, metrics, onOutput }: EnvironmentDeps,
  ) {
    const { folder, handler, memoryMb, name, shortName } = config;
    const data: RuntimeData = { folder, handler, payloadBytesMax, streamWindowBytes };
    this.#worker = new Worker(runtime, {
      name,
      workerData: data,
      env: { ...variables },
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb + heapRoomMb },
    });
    this.#memoryMb = memoryMb;
    this.#utilization = this.#worker.performance.eventLoopUtilization();
    this.ready = this.#loaded.promise;
    this.ended = this.#gone.promise;
    const unguard = this.#guard();
    // Whoever waits for `ready` gets the failure; nobody may be waiting.
    this.ready.catch(() => {}).finally(unguard);
    this.#initTimer = setTimeout(() => this.#end(initTimedOut), initMsMax);
    this.#worker.on("message", (message: FromRuntime) => this.#hear(message));
    this.#worker.on("error", (error) => {
      if (isNotStarted(error)) this.#loaded.reject(new EnvironmentStartError(error.message));
      this.#end(crashed(error));
    });
    this.#worker.on("exit", (code) => this.#leave(code));
    const line = (text: string): void => {
      onOutput?.(Buffer.byteLength(text));
      if (!metrics.read(text)) logFunctionLine(log, shortName, text);
    };
    outputLines(this.#worker.stdout, line);
    outputLines(this.#worker.stderr, line);
  }

  /** False as soon as it can take no further invocation. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The part of the time since it was last asked in which it computed, and did not wait: from 0 to 1. */
  takeUtilization(): number {
    const { performance } = this.#worker;
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.#utilization, before).utilization;
  }

  /**
   * Runs one invocation. Resolves with the answer in JSON, or with `undefined` when the function streamed
   * its response into the sink. Rejects with a `FunctionError`.
   */
  async invoke(job: Job, sink?: ResponseSink): Promise<string | undefined> {
    const { requestId } = job;
    const work: Work = { requestId, sink, over: Promise.withResolvers() };
    this.#work = work;
    const unguard = this.#guard();
    const tellLeft = (): void => this.#tell({ kind: "left", requestId });
    const timer = setTimeout(() => this.#end(timedOut(job)), job.deadline - job.begun);
    sink?.left.addEventListener("abort", tellLeft);
    this.#tell({ kind: "invoke", job });
    if (sink?.left.aborted) tellLeft();
    try {
      return await work.over.promise;
    } finally {
      clearTimeout(timer);
      unguard();
      sink?.left.removeEventListener("abort", tellLeft);
      this.#work = undefined;
    }
  }

  /** Ends the thread, and with it whatever it is doing. */
  async end(): Promise<void> {
    this.#end({ errorType: "Sandbox.Ended", errorMessage: "the local cloud stopped" });
    await this.ended;
  }

  #guard(): () => void {
    return watchMemory(this.#worker, this.#memoryMb, (usedMb) =>
      this.#end(outOfMemory(usedMb, this.#memoryMb)),
    );
  }

  #tell(message: ToRuntime): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromRuntime): void {
    switch (message.kind) {
      case "ready":
        clearTimeout(this.#initTimer);
        this.#loaded.resolve();
        break;
      case "chunk":
        void this.#forward(message.bytes);
        break;
      case "done":
        this.#work?.over.resolve(message.payload);
        break;
      case "failed":
        if (hasNoDescriptor(message.report)) {
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
    this.#tell({ kind: "taken", requestId: work.requestId, bytes: bytes.byteLength });
  }

  /** Fails what is under way: the initialization or an invocation. */
  #fail(report: ErrorReport): void {
    this.#loaded.reject(new FunctionError(report));
    this.#work?.over.reject(new FunctionError(report));
  }

  #end(report: ErrorReport): void {
    this.#isAlive = false;
    this.#fail(report);
    void this.#worker.terminate();
  }

  #leave(code: number): void {
    clearTimeout(this.#initTimer);
    this.#isAlive = false;
    this.#fail(exited(code));
    this.#gone.resolve();
  }
}

const initTimedOut: ErrorReport = {
  errorType: "Sandbox.Timedout",
  errorMessage: `Init timed out after ${(initMsMax / 1_000).toFixed(2)} seconds`,
};

const timedOut = ({ requestId, deadline, begun }: Job): ErrorReport => ({
  errorType: "Sandbox.Timedout",
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${((deadline - begun) / 1_000).toFixed(2)} seconds`,
});

/** While the function's code is read. Once it is loaded this changes nothing. */
const hasNoDescriptor = ({ errorMessage }: ErrorReport): boolean =>
  /^(EMFILE|ENFILE)\b/.test(errorMessage);

/** As when the machine has no file descriptor left: https://nodejs.org/api/errors.html#err_worker_init_failed */
const isNotStarted = (error: Error): boolean =>
  "code" in error && error.code === "ERR_WORKER_INIT_FAILED";

/** As Lambda says it, with the numbers. */
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
