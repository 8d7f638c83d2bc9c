import { once } from "node:events";
import { type MessagePort, Worker } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadAnswer, threadLine, threadStarted } from "./messages.ts";

/** A service of the local cloud that runs in a thread of its own and listens on 127.0.0.1. */
export interface ServiceThread {
  readonly url: string;
  /** Tells the thread something and waits for its answer. Fails when it fails, or ends. */
  ask(message: object, transfer?: readonly MessagePort[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ServiceThreadOptions {
  /** The thread's entry point, which calls `serveThread`. */
  readonly file: URL;
  readonly data: object;
  /** Gets the lines that the thread writes with `threadLog`. */
  readonly log?: Log | undefined;
  /** Called when the thread ends though nobody told it to: the cloud cannot go on without it. */
  readonly onFatalError: (error: Error) => void;
}

/** A thread that has not ended by then is ended for it. */
const stopMsMax = 2_000;

/** Starts a service and waits until it listens. Fails with the thread's own error when it cannot. */
export const startServiceThread = async ({
  file,
  data,
  log = () => {},
  onFatalError,
}: ServiceThreadOptions): Promise<ServiceThread> => {
  const worker = new Worker(file, { workerData: data });
  const ended = once(worker, "exit").catch((error: unknown) => error);
  const [message] = await Promise.race([once(worker, "message"), ended.then(fail)]);
  const { port } = threadStarted.parse(message);

  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let asks = 0;
  worker.on("message", (told: unknown) => {
    const said = threadLine.safeParse(told);
    if (said.success) {
      const { message, fields, level } = said.data.line;
      log(message, fields, level);
      return;
    }
    const parsed = threadAnswer.safeParse(told);
    // An answer that cannot be read must not end this process, which holds every other service. Its asker waits on.
    if (!parsed.success) return;
    const { id, answer, failure } = parsed.data;
    if (failure === undefined) asked.get(id)?.resolve(answer);
    else asked.get(id)?.reject(new Error(failure));
    asked.delete(id);
  });
  let stopping = false;
  let end: Error | undefined;
  void ended.then((error) => {
    end = asError(error);
    for (const { reject } of asked.values()) reject(end);
    if (!stopping) onFatalError(asError(error));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    ask(message, transfer = []) {
      if (end !== undefined) return Promise.reject(end);
      asks += 1;
      const answered = Promise.withResolvers<unknown>();
      asked.set(asks, answered);
      worker.postMessage({ id: asks, message }, transfer);
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
  error instanceof Error ? error : new Error("a service thread ended by itself");
