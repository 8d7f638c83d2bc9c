import { flushCompileCache } from "node:module";
import { parentPort } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadRequest } from "./messages.ts";

/** After this time, what a start uses is compiled. */
const compiledMs = 3_000;

interface Service {
  readonly port: number;
  answer(message: unknown): unknown;
  stop(): void;
}

/** Handles the messages of the main thread in a service's thread until it is stopped. */
export const serveThread = ({ port, answer, stop }: Service): void => {
  const handle = async (received: unknown): Promise<void> => {
    if (received === "stop") {
      parentPort?.close();
      stop();
      return;
    }
    const request = threadRequest.safeParse(received);
    // Without an id there is no caller to answer.
    if (!request.success) return;
    const { id, message } = request.data;
    try {
      parentPort?.postMessage({ id, answer: await answer(message) });
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ id, failure });
    }
  };
  parentPort?.on("message", (received) => void handle(received));
  parentPort?.postMessage({ port });
  // Node.js keeps what is compiled at the exit, which a killed process does not reach.
  setTimeout(flushCompileCache, compiledMs).unref();
};

/** The log of a service's thread; the main thread writes its lines. */
export const threadLog: Log = (message, fields, level) =>
  parentPort?.postMessage({ line: { message, fields, level } });
