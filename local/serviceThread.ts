import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as z from "zod";

/** A service of the local cloud that runs in a thread of its own and listens on 127.0.0.1. */
export interface ServiceThread {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServiceThreadOptions {
  /** The thread's entry point. It posts `{ port }` when it listens and ends when it is told `stop`. */
  readonly file: URL;
  readonly data: object;
  /** Called when the thread ends though nobody told it to: the cloud cannot go on without it. */
  readonly onDeath: (error: Error) => void;
}

/** A thread that has not ended by then is ended for it. */
const stopMsMax = 2_000;

const listening = z.object({ port: z.number() });

/** Starts a service and waits until it listens. Fails with the thread's own error when it cannot. */
export const startServiceThread = async ({
  file,
  data,
  onDeath,
}: ServiceThreadOptions): Promise<ServiceThread> => {
  const worker = new Worker(file, { workerData: data });
  const ended = once(worker, "exit").catch((error: unknown) => error);
  const [message] = await Promise.race([once(worker, "message"), ended.then(fail)]);
  const { port } = listening.parse(message);

  let stopping = false;
  void ended.then((error) => {
    if (!stopping) onDeath(asError(error));
  });
  return {
    url: `http://127.0.0.1:${port}`,
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
