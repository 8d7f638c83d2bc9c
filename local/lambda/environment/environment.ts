import type { AcceptedSend } from "../../wire/messages.ts";
import { EnvironmentStartError, FunctionError } from "../errors.ts";
import { initMsMax } from "../limits.ts";
import type { ErrorReport, FromEnvironment, Job, ToEnvironment } from "../runtime/messages.ts";

/**
 * The reader of a streaming function's response. Lambda does not notify a function whose reader has
 * disconnected: the sink discards what the function continues to write.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export interface ResponseSink {
  /** Resolves when the next chunk may be written. Must not reject. */
  write(piece: Uint8Array): Promise<void>;
}

/** The thread of an environment. */
export interface EnvironmentHost {
  send(message: ToEnvironment): void;
  /** Watches the thread's memory until `unwatch` is called as often. */
  watch(): void;
  unwatch(): void;
  /** Ends an environment whose code cannot be stopped: it may still run. */
  abandon(environment: Environment, report: ErrorReport): void;
  /** Whether it has no time for an invocation of this environment, because of another one. */
  isBlocked(environment: Environment): boolean;
  /** Ends an environment, and an invocation in progress. */
  close(environment: Environment, report: ErrorReport): void;
  /** Called after each invocation. */
  onIdle(environment: Environment): void;
  /** Whether the queues take messages. */
  acceptsSends(environment: Environment): boolean;
  /**
   * Handles the accepted sends of an invocation. Returns a promise only if the queues make them
   * wait. Fails when they refuse one.
   */
  handleSends(environment: Environment, sends: readonly AcceptedSend[]): void | Promise<void>;
}

interface Work {
  readonly requestId: string;
  readonly sink: ResponseSink | undefined;
  readonly outcome: PromiseWithResolvers<string | undefined>;
}

/**
 * One execution environment of a function: an instance of its module in a thread, which handles one
 * invocation at a time.
 *
 * The timeout and the memory limit are enforced from outside the thread.
 */
export class Environment {
  /**
   * Resolves when the function is loaded. Rejects with a `FunctionError` when it cannot be loaded,
   * or an `EnvironmentStartError` when the thread cannot start.
   */
  readonly ready: Promise<void>;
  /** Resolves when the thread holds the environment no longer. */
  readonly ended: Promise<void>;
  readonly number: number;
  /** Whether an invocation has been assigned to it. Set by its pool. */
  isTaken = false;
  readonly #host: EnvironmentHost;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<void>();
  #initTimer: NodeJS.Timeout | undefined;
  #work: Work | undefined;
  #isLoading = true;
  #isStreaming = false;
  #logStream = "";
  #isExhausted = false;
  #isAlive = true;
  /** Whether the queues have taken all accepted sends so far. */
  #acceptsSends = true;

  constructor(number: number, host: EnvironmentHost) {
    this.number = number;
    this.#host = host;
    this.ready = this.#loaded.promise;
    this.ended = this.#exit.promise;
    host.watch();
    const stopWatching = (): void => {
      this.#isLoading = false;
      clearTimeout(this.#initTimer);
      host.unwatch();
    };
    // Callers of `ready` receive the failure. Without a caller it must not become an unhandled
    // rejection.
    this.ready.catch(() => {}).finally(stopWatching);
  }

  /** False once the environment can take no further invocation. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether the function is being loaded. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Whether an invocation is in progress. */
  get isWorking(): boolean {
    return this.#work !== undefined;
  }

  /** Whether its thread has no time for an invocation, because of another environment. */
  get isBlocked(): boolean {
    return this.#host.isBlocked(this);
  }

  /** Whether the function streams its responses. Known when it is loaded. */
  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** The name of its log stream, which identifies it. Known when the function is loaded. */
  get logStream(): string {
    return this.#logStream;
  }

  /** Whether it has no free file descriptors. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** Takes all free file descriptors from the next invocation on, or gives them back. */
  exhaustDescriptors(areExhausted: boolean): void {
    this.#isExhausted = areExhausted;
    this.#send({ kind: "descriptors", areExhausted });
  }

  /**
   * Runs one invocation. Resolves with the response in JSON, or with `undefined` when the function
   * streamed it into the sink. Rejects with a `FunctionError`.
   */
  async invoke(job: Job, sink?: ResponseSink): Promise<string | undefined> {
    const { requestId } = job;
    const work: Work = { requestId, sink, outcome: Promise.withResolvers() };
    this.#work = work;
    this.#host.watch();
    const timer = setTimeout(
      () => this.#host.abandon(this, timedOut(job)),
      job.deadline - job.startedAt,
    );
    const acceptsSends = this.#acceptsSends && job.isBatch && this.#host.acceptsSends(this);
    this.#send({ kind: "invoke", job, acceptsSends });
    try {
      return await work.outcome.promise;
    } finally {
      clearTimeout(timer);
      this.#host.unwatch();
      this.#work = undefined;
      this.#host.onIdle(this);
    }
  }

  /** Destroys a response stream in progress: the local cloud stops, which Lambda never does. */
  endStream(): void {
    if (this.#isStreaming && this.isWorking) this.#send({ kind: "close" });
  }

  /** Begins the time that the function has for its initialization. */
  startInit(): void {
    if (!this.#isAlive || !this.#isLoading) return;
    this.#initTimer = setTimeout(() => this.#host.abandon(this, initTimedOut), initMsMax);
  }

  /** Ends the environment and its invocation. */
  async end(): Promise<void> {
    this.#host.close(this, { errorType: "Sandbox.Ended", errorMessage: "the local cloud stopped" });
    await this.ended;
  }

  /** Handles a message of the thread. */
  handle(message: FromEnvironment): void {
    switch (message.kind) {
      case "ready":
        this.#isStreaming = message.isStreaming;
        this.#logStream = message.logStream;
        this.#loaded.resolve();
        break;
      case "chunk":
        void this.#forward(message.bytes);
        break;
      case "done":
        this.#end(message, ({ outcome }) => outcome.resolve(message.payload));
        break;
      case "exited":
        this.#host.close(this, exited(message.code));
        break;
      case "failed":
        if (lacksDescriptor(message.report)) this.failStart(message.report.errorMessage);
        if (this.#work === undefined) this.#fail(message.report);
        else this.#end(message, ({ outcome }) => outcome.reject(new FunctionError(message.report)));
        break;
    }
  }

  /** The environment cannot be loaded now, for a reason that is not the function's. */
  failStart(message: string): void {
    this.#loaded.reject(new EnvironmentStartError(message));
  }

  /** The environment takes no further invocation. Fails the one in progress. */
  fail(report: ErrorReport): void {
    this.#isAlive = false;
    this.#fail(report);
  }

  /** The thread holds the environment no longer. */
  leave(): void {
    this.#exit.resolve();
  }

  #send(message: WithoutNumber<ToEnvironment>): void {
    this.#host.send({ ...message, environment: this.number });
  }

  async #forward(bytes: Uint8Array): Promise<void> {
    const work = this.#work;
    if (work === undefined) return;
    await work.sink?.write(bytes);
    this.#send({ kind: "taken", requestId: work.requestId, bytes: bytes.byteLength });
  }

  /**
   * Ends the invocation when the queues have taken its accepted sends. If they refuse one, the
   * invocation fails, and the next ones wait for the response to each send: it says which message
   * is refused.
   */
  #end(
    { sends = [] }: { readonly sends?: readonly AcceptedSend[] },
    settle: (work: Work) => void,
  ): void {
    const work = this.#work;
    if (work === undefined) return;
    const refuse = (error: unknown): void => {
      this.#acceptsSends = false;
      work.outcome.reject(new FunctionError(refused(error)));
    };
    try {
      const handled = sends.length > 0 ? this.#host.handleSends(this, sends) : undefined;
      if (handled === undefined) settle(work);
      else handled.then(() => settle(work), refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #fail(report: ErrorReport): void {
    this.#loaded.reject(new FunctionError(report));
    this.#work?.outcome.reject(new FunctionError(report));
  }
}

type WithoutNumber<Message> = Message extends unknown ? Omit<Message, "environment"> : never;

/** The process of an environment has ended. */
export const exited = (code: number): ErrorReport => ({
  errorType: "Runtime.ExitError",
  errorMessage:
    code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`,
});

const refused = (error: unknown): ErrorReport => ({
  errorType: "Sandbox.SendRefused",
  errorMessage: error instanceof Error ? error.message : String(error),
});

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
