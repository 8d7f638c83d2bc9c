import { parentPort } from "node:worker_threads";
import type { Log } from "../platform/log.ts";
import { threadAsked } from "./messages.ts";

interface Service {
  readonly port: number;
  answer(message: unknown): unknown;
  /** Answers the request during which something was thrown where nobody waits for it. False when there is none. */
  failCurrentRequest(error: unknown): boolean;
  stop(): void;
}

/** Does what a service's thread is asked by the one that started it, from now until it is stopped. */
export const serveThread = ({ port, answer, failCurrentRequest, stop }: Service): void => {
  const hear = async (told: unknown): Promise<void> => {
    if (told === "stop") {
      parentPort?.close();
      stop();
      return;
    }
    const asked = threadAsked.safeParse(told);
    // Without an id there is nobody to answer.
    if (!asked.success) return;
    const { id, message } = asked.data;
    try {
      parentPort?.postMessage({ id, answer: await answer(message) });
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ id, failure });
    }
  };
  // The emulators throw in callbacks. What is thrown for a request is its answer; anything else ends the thread, as ever.
  process.on("uncaughtException", (error) => {
    if (!isStoreFailure(error) && failCurrentRequest(error)) return;
    process.removeAllListeners("uncaughtException");
    setImmediate(() => {
      throw error;
    });
  });
  parentPort?.on("message", (told) => void hear(told));
  parentPort?.postMessage({ port });
};

/**
 * Whether a store has failed to write, as on a full disk. It must not go on then: others wait for the same commit, and LevelDB takes no
 * further write after one that failed.
 */
export const isStoreFailure = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return /^(LEVEL_|ERR_SQLITE_|ENOSPC|EIO|EDQUOT|EROFS)/.test(code) || isStoreFailure(error.cause);
};

/** The log of a service's thread: the one that started the thread writes its lines. */
export const threadLog: Log = (message, fields, level) =>
  parentPort?.postMessage({ line: { message, fields, level } });
