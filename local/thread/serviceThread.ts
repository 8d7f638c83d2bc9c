import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadAnswer, threadLine, threadStarted } from "./messages.ts";
import type { ServiceHost } from "./serviceHost.ts";

/** A service that runs in a worker thread and listens on 127.0.0.1. */
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
  /** The thread. */
  readonly host: ServiceHost;
  /** Its name there. */
  readonly service: string;
  readonly data: object;
  /** Receives the lines that the service logs. */
  readonly log?: Log | undefined;
  /** Called when the thread ends without `stop`: the cloud cannot continue without it. */
  readonly onFatalError: (error: Error) => void;
}

/**
 * Starts a service and resolves when it listens. Fails with the thread's own error when it cannot
 * start.
 */
export const startServiceThread = async ({
  host,
  service: name,
  data,
  log = () => {},
  onFatalError,
}: ServiceThreadOptions): Promise<ServiceThread> => {
  const { ended } = host;
  const service = host.start(name, data);
  const port = await startedPort(service, host);

  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let requests = 0;
  service.on("message", (received: unknown) => {
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
      service.postMessage({ id: requests, message }, transfer);
      return answered.promise;
    },
    async stop() {
      stopping = true;
      await host.stop(service);
    },
  };
};

/** The port that a service listens on. */
const startedPort = async (service: MessagePort, { ended }: ServiceHost): Promise<number> => {
  const [message] = await Promise.race([once(service, "message"), ended.then(fail)]);
  const started = threadStarted.parse(message);
  if ("port" in started) return started.port;
  throw Object.assign(started.error, started.code ? { code: started.code } : {});
};

const fail = (error: unknown): never => {
  throw asError(error);
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error("a service thread exited unexpectedly");
