import { flushCompileCache } from "node:module";
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { type ServiceStart, threadRequest } from "./messages.ts";

/** After this time, what a start uses is compiled. */
const compiledMs = 3_000;

/** A service in this thread. */
interface ThreadService {
  /** The port of 127.0.0.1 that it listens on. */
  readonly port: number;
  answer(message: unknown): unknown;
  stop(): Promise<void>;
}

/** Starts a service. `log` writes to the log of the main thread. */
export type StartService = (data: unknown, log: Log) => Promise<ThreadService>;

/** Starts services by name, as the main thread asks for them. The thread ends with the last one. */
export const serveThread = (services: Readonly<Record<string, StartService>>): void => {
  const run = async ({ service, data, port }: ServiceStart): Promise<void> => {
    const log: Log = (message, fields, level) =>
      port.postMessage({ line: { message, fields, level } });
    try {
      const start = services[service];
      if (start === undefined) throw new Error(`the thread has no service ${service}`);
      serve(port, await start(data, log));
    } catch (error) {
      port.postMessage({ error, code: error instanceof Error && Reflect.get(error, "code") });
      port.close();
    }
    // The ports of the services keep the thread alive.
    parentPort?.unref();
  };
  parentPort?.on("message", (message: ServiceStart) => void run(message));
  // Node.js keeps what is compiled at the exit, which a killed process does not reach.
  setTimeout(flushCompileCache, compiledMs).unref();
};

/** Handles the messages of the main thread for a service until it is stopped. */
const serve = (main: MessagePort, { port, answer, stop }: ThreadService): void => {
  const handle = async (received: unknown): Promise<void> => {
    if (received === "stop") {
      await stop();
      main.close();
      return;
    }
    const request = threadRequest.safeParse(received);
    // Without an id there is no caller to answer.
    if (!request.success) return;
    const { id, message } = request.data;
    try {
      main.postMessage({ id, answer: await answer(message) });
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      main.postMessage({ id, failure });
    }
  };
  main.on("message", (received) => void handle(received));
  main.postMessage({ port });
};
