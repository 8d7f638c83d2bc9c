import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openBareBroker } from "../system/bareBroker.ts";
import { nodeCommand } from "../system/nodeCommand.ts";
import { serve } from "../system/serve.ts";

/** A child process of this process: the worker of a peer, or a server that it needs. */
export interface Worker {
  readonly pid: number | undefined;
  /** Sends SIGKILL and waits for the exit. */
  kill(): Promise<void>;
}

type BareBroker = Awaited<ReturnType<typeof openBareBroker>>;

/** How a peer starts. */
export interface Peer {
  /** Prepares files and servers. The worker starts afterwards. */
  prepare(input: unknown, broker: BareBroker): Promise<WorkerPlan>;
}

export interface WorkerPlan {
  /** Arguments of Node.js for the worker. */
  readonly args: readonly string[];
  readonly descriptors: number | undefined;
  /** Number of subscriptions after which the worker is ready. */
  readonly subscriptions: number;
  readonly servers: readonly Worker[];
}

const startMsMax = 60_000;

/** Spawns a process that does not outlive this one. */
export const spawnWorker = (command: string, args: readonly string[], cwd: string): Worker => {
  const child = spawn(command, args, { cwd, stdio: "ignore" });
  process.once("exit", () => void child.kill("SIGKILL"));
  return { pid: child.pid, kill: () => kill(child) };
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
};

/**
 * Serves a peer to the parent process: a bare broker in this process, and the peer's worker in a
 * process that can be killed and restarted.
 */
export const servePeer = async ({ prepare }: Peer): Promise<void> => {
  const broker = await openBareBroker();
  let worker: Worker | undefined;
  let plan: WorkerPlan | undefined;
  let onSubscribe = (): void => {};
  broker.onSubscribe(() => onSubscribe());
  const run = async (): Promise<void> => {
    if (plan === undefined) throw new Error("the peer is not started");
    const [command = "", ...before] = nodeCommand(plan.descriptors);
    const ready = Promise.withResolvers<void>();
    let missing = plan.subscriptions;
    onSubscribe = () => {
      missing -= 1;
      if (missing === 0) ready.resolve();
    };
    const timer = setTimeout(() => {
      ready.reject(new Error("the worker of the peer did not subscribe"));
    }, startMsMax);
    worker = spawnWorker(command, [...before, ...plan.args], broker.folder);
    await ready.promise.finally(() => clearTimeout(timer));
  };
  const start = async (input: unknown) => {
    plan = await prepare(input, broker);
    await run();
    return { mqtt: broker.mqtt, ca: broker.authority.caPem };
  };
  const all = (): (Worker | undefined)[] => [worker, ...(plan?.servers ?? [])];
  serve(
    {
      start,
      kill: () => worker?.kill(),
      restart: run,
      pids: () => all().flatMap((one) => (one?.pid === undefined ? [] : [one.pid])),
      async addDevice(name) {
        const { certificate, privateKey } = await broker.authority.issueDevice();
        return { id: String(name), fleet: "bench", certificate, privateKey };
      },
    },
    async () => {
      for (const one of all()) await one?.kill();
      await broker.stop();
    },
  );
};

/** Path of a file in the temporary folder of the broker. */
export const fileOf = (broker: BareBroker, name: string): string => join(broker.folder, name);
