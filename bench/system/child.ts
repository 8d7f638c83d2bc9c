import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { nodeCommand } from "./nodeCommand.ts";

/** A process of ours that answers what it is asked. */
export interface Child {
  /** Asks for an action by its name. Fails when the child says so, or has ended. */
  ask(action: string, input?: unknown): Promise<unknown>;
  /** Tells it to end, and ends it after a bounded time. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** A child that has not ended so long after it was told to is killed. */
const stopMsMax = 8_000;

const answer = z.object({
  id: z.int(),
  error: z.string().optional(),
  result: z.unknown().optional(),
});

/**
 * Runs a file of this folder, which has to `serve` actions, in a process of its own, with so many file descriptors at most
 * if that is said. Its output is shown.
 */
export const startChild = (file: string, descriptors?: number): Child => {
  const [execPath = "", ...execArgv] = nodeCommand(descriptors);
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execPath,
    execArgv,
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let ids = 0;
  child.on("message", (message) => {
    const { id, error, result } = answer.parse(message);
    const { resolve, reject } = asked.get(id) ?? Promise.withResolvers();
    asked.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(`${file}: ${error}`));
  });
  child.once("exit", () => {
    for (const { reject } of asked.values()) reject(new Error(`${file} has ended`));
    asked.clear();
  });
  return {
    ask(action, input) {
      ids += 1;
      const pending = Promise.withResolvers<unknown>();
      asked.set(ids, pending);
      child.send({ id: ids, action, input }, (error) => error && pending.reject(error));
      return pending.promise;
    },
    stop: () => stop(child),
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
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
