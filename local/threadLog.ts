import { parentPort } from "node:worker_threads";
import type { Log } from "./log.ts";

/** The log of a service's thread: the one that started the thread writes its lines. */
export const threadLog: Log = (message, fields, level) =>
  parentPort?.postMessage({ line: { message, fields, level } });
