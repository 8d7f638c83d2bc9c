import { once } from "node:events";
import { type MessagePort, Worker } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadAnswer, threadLine, threadStarted } from "./messages.ts";

/** A service that runs in its own worker thread and listens on 127.0.0.1. */
export interface ServiceThread {
  readonly url: string;
  /**
   * Sends a request to the thread and resolves with its answer. Fails when the request fails or the
   * thread ends.
   */
  ask(message: object, transfer?: readonly MessagePort[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ServiceThreadOptions {
  /** The thread's entry point, which calls `serveThread`. */
  readonly file: string | URL;
  readonly data: object;
  /** Receives the lines that the thread writes with `threadLog`. */
  readonly log?: Log | undefined;
  /** Called when the thread ends without `stop`: the cloud cannot continue without it. */
  readonly onFatalError: (error: Error) => void;
}

/**
 * Young generation of a service's thread. What it reads and writes is short-lived; V8's default
 * would hold 12 MB more after the start.
 */
const maxYoungGenerationSizeMb = 8;

/** A thread that has not ended after this time is terminated. */
const stopMsMax = 2_000;

/**
 * Starts a service and resolves when it listens. Fails with the thread's own error when it cannot
 * start.
 */
export const startServiceThread = async ({
  file,
  data,
  log = () => {},
  onFatalError,
}: ServiceThreadOptions): Promise<ServiceThread> => {
  const resourceLimits = { maxYoungGenerationSizeMb };
  const worker = new Worker(file, { workerData: data, resourceLimits });
  const ended = once(worker, "exit").catch((error: unknown) => error);
  const [message] = await Promise.race([once(worker, "message"), ended.then(fail)]);
  const { port } = threadStarted.parse(message);

  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let requests = 0;
  worker.on("message", (received: unknown) => {
    const logged = threadLine.safeParse(received);
    if (logged.success) {
      const { message, fields, level } = logged.data.line;
      log(message, fields, level);
      return;
    }
    const parsed = threadAnswer.safeParse(received);
    // A malformed answer must not terminate this process, which runs every other service. The
    // request stays pending.
    if (!parsed.success) return;
    const { id, answer, failure } = parsed.data;
    if (failure === undefined) pending.get(id)?.resolve(answer);
    else pending.get(id)?.reject(new Error(failure));
    pending.delete(id);
  });
  let stopping = false;
  let end: Error | undefined;
  void ended.then((error) => {
    end = asError(error);
    for (const { reject } of pending.values()) reject(end);
    if (!stopping) onFatalError(asError(error));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    ask(message, transfer = []) {
      if (end !== undefined) return Promise.reject(end);
      requests += 1;
      const answered = Promise.withResolvers<unknown>();
      pending.set(requests, answered);
      worker.postMessage({ id: requests, message }, transfer);
      return answered.promise;
    },
    async stop() {
      stopping = true;
      worker.postMessage("stop");
      const timer = setTimeout(() => void worker.terminate(), stopMsMax);
      await ended;
      clearTimeout(timer);
    },
  };
};

const fail = (error: unknown): never => {
  throw asError(error);
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error("a service thread exited unexpectedly");
