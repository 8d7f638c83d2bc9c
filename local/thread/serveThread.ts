import { parentPort } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadRequest } from "./messages.ts";

interface Service {
  readonly port: number;
  answer(message: unknown): unknown;
  /**
   * Answers the request whose handling threw an error outside of any promise. Returns false when
   * there is none.
   */
  failCurrentRequest(error: unknown): boolean;
  stop(): void;
}

/** Handles the messages of the main thread in a service's thread until it is stopped. */
export const serveThread = ({ port, answer, failCurrentRequest, stop }: Service): void => {
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
  // The emulators throw errors in callbacks. An error during a request becomes its response; any
  // other error terminates the thread.
  process.on("uncaughtException", (error) => {
    if (!isStoreFailure(error) && failCurrentRequest(error)) return;
    process.removeAllListeners("uncaughtException");
    setImmediate(() => {
      throw error;
    });
  });
  parentPort?.on("message", (received) => void handle(received));
  parentPort?.postMessage({ port });
};

/**
 * Whether a store failed to write, for example because the disk is full. The thread must not
 * continue then: other requests wait for the same commit.
 */
export const isStoreFailure = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return /^(ERR_SQLITE_|ENOSPC|EIO|EDQUOT|EROFS)/.test(code) || isStoreFailure(error.cause);
};

/** The log of a service's thread; the main thread writes its lines. */
export const threadLog: Log = (message, fields, level) =>
  parentPort?.postMessage({ line: { message, fields, level } });
