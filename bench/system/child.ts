import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { stopLater } from "./cleanup.ts";

/** A child process that answers requests over IPC. */
export interface Child {
  readonly pid: number;
  /** Requests an action by name. Rejects if the action fails or the child exits. */
  ask(action: string, input?: unknown): Promise<unknown>;
  /** Requests the exit, and kills the child after a timeout. */
  stop(): Promise<void>;
}

/** A child that has not exited this long after `stop` is killed. */
const stopMsMax = 8_000;

const answer = z.object({
  id: z.int(),
  error: z.string().optional(),
  result: z.unknown().optional(),
});

/**
 * Runs a file that calls `serve` in a child process. A path is relative to this folder. Standard
 * error of the child is inherited.
 */
export const startChild = (where: string | URL): Child => {
  const path = fileURLToPath(new URL(where, import.meta.url));
  const file = basename(path);
  const child = fork(path, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const pendingRequests = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  child.on("message", (message) => {
    const { id, error, result } = answer.parse(message);
    const { resolve, reject } = pendingRequests.get(id) ?? Promise.withResolvers();
    pendingRequests.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${file}: ${error}`));
  });
  child.once("exit", () => {
    for (const { reject } of pendingRequests.values()) reject(new Error(`${file} exited`));
    pendingRequests.clear();
  });
  return {
    ask(action, input) {
      lastId += 1;
      const pending = Promise.withResolvers<unknown>();
      pendingRequests.set(lastId, pending);
      child.send({ id: lastId, action, input }, (error) => error && pending.reject(error));
      return pending.promise;
    },
    pid: child.pid ?? 0,
    stop: stopLater(() => stop(child)),
  };
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  if (child.connected) child.disconnect();
  await gone;
  clearTimeout(timer);
};
