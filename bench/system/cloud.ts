import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { invokeAt } from "../../admin/invoke.ts";
import { type Counts, countsOf } from "../cost/counts.ts";
import { adminAccess } from "./adminAccess.ts";
import { type Api, addWebhook, removeWebhooks } from "./api.ts";
import { stopLater } from "./cleanup.ts";
import { nodeCommand } from "./nodeCommand.ts";
import { device, type Route, type Subject, type SystemKind } from "./system.ts";
import { usageOf } from "./usage.ts";

/** State of the cloud: in memory, in a temporary folder on disk, or in a given folder. */
export type StatePlace = "memory" | "disk" | { readonly folder: string };

/**
 * The cloud of this repository as `npm start` runs it, on free ports. One process contains the
 * broker, the queues, the tables and the workers. `kill` ends all of it.
 */
export interface CloudSystem extends Subject {
  readonly api: Api;
  /** Control URL (docs/control.md). */
  readonly control: string;
  /** Milliseconds from the start of the process to the ready line, of the latest start. */
  readonly readyMs: number;
  /** Owner of the devices that `addDevice` adds. */
  readonly username: string;
  /** Invokes the admin function. */
  admin(request: object): Promise<unknown>;
  /** Billable operations since the start. */
  counts(): Promise<Counts>;
}

const readyLine = z.object({
  api: z.url(),
  mqtt: z.url(),
  state: z.string(),
  regions: z.array(z.object({ control: z.url() })).min(1),
});

const repository = fileURLToPath(new URL("../..", import.meta.url));
const startMsMax = 180_000;
/** A process that has not exited this long after SIGTERM is killed. */
const stopMsMax = 10_000;
const outputCharsMax = 4_000;

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ready: Promise<Ready>;
}

interface Ready {
  readonly api: Api;
  readonly username: string;
  readonly mqtt: string;
  readonly ca: string;
  readonly control: string;
  readonly admin: (request: object) => Promise<unknown>;
  readonly readyMs: number;
}

/** Starts the cloud with a webhook for each route. */
export const startCloud = async (
  routes: readonly Route[],
  where: StatePlace,
  descriptors?: number,
): Promise<CloudSystem> => {
  const temporary = where === "disk" ? await mkdtemp(join(tmpdir(), "godwit-bench-")) : undefined;
  const data = typeof where === "object" ? where.folder : temporary;
  let running: Running | undefined;
  const stop = stopLater(async () => {
    if (running !== undefined) await end(running.child);
    if (temporary === undefined) return;
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  });
  const run = async (apiPort: number, mqttPort: number): Promise<Ready> => {
    running = spawnCloud({ data, apiPort, mqttPort, descriptors });
    return await running.ready;
  };
  try {
    let current = await run(0, 0);
    for (const { event, url } of routes) {
      await removeWebhooks(current.api, event);
      await addWebhook(current.api, { event, url });
    }
    const restart = async () => {
      current = await run(portOf(current.api.url), portOf(current.mqtt));
    };
    const pid = (): number => running?.pid ?? 0;
    return {
      name: "Godwit",
      get api() {
        return current.api;
      },
      get mqtt() {
        return current.mqtt;
      },
      get ca() {
        return current.ca;
      },
      get control() {
        return current.control;
      },
      get readyMs() {
        return current.readyMs;
      },
      get username() {
        return current.username;
      },
      admin: (request) => current.admin(request),
      addDevice: async (name) =>
        device.parse(await current.admin({ addDevice: { username: current.username, name } })),
      counts: async () => countsOf(await askControl(current.control, "GET")),
      usage: () => usageOf([pid()]),
      async kill() {
        if (running === undefined) return;
        const exited = once(running.child, "exit");
        running.child.kill("SIGKILL");
        await exited;
      },
      restart,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const portOf = (url: string): number => Number(new URL(url).port);

/** The cloud as a kind of system. */
export const cloudKind = (where: StatePlace): SystemKind<CloudSystem> => ({
  name: "Godwit",
  start: (routes, descriptors) => startCloud(routes, where, descriptors),
});

const spawnCloud = (options: {
  data: string | undefined;
  apiPort: number;
  mqttPort: number;
  descriptors: number | undefined;
}): Running => {
  const begun = performance.now();
  const [command = "", ...before] = nodeCommand(options.descriptors);
  const ports = ["--api-port", String(options.apiPort), "--mqtt-port", String(options.mqttPort)];
  const data = options.data === undefined ? [] : ["--data", options.data];
  const args = [...before, "local/start.mjs", "--no-demo", ...ports, ...data];
  const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-outputCharsMax);
  });
  const exited = Promise.withResolvers<never>();
  exited.promise.catch(() => {});
  child.once("error", exited.reject);
  child.once("exit", () => exited.reject(new Error(`the cloud exited:\n${output}`)));
  const waitUntilReady = async (): Promise<Ready> => {
    const lines = createInterface({ input: child.stdout });
    const line = once(lines, "line", { signal: AbortSignal.timeout(startMsMax) });
    const [text] = await Promise.race([line, exited.promise]);
    const readyMs = performance.now() - begun;
    return { ...(await readState(readyLine.parse(JSON.parse(String(text))))), readyMs };
  };
  return { child, pid: child.pid ?? 0, ready: waitUntilReady() };
};

const user = z.object({ username: z.string(), token: z.string() });

const readState = async ({ api, mqtt, state, regions }: z.output<typeof readyLine>) => {
  const read = (file: string): Promise<string> => readFile(join(state, file), "utf8");
  const { username, token } = user.parse(JSON.parse(await read("demo/user.json")));
  return {
    api: { url: api, token },
    username,
    mqtt,
    ca: await read("ca.pem"),
    control: regions[0]?.control ?? "",
    admin: invokeAt(adminAccess.parse(JSON.parse(await read("admin.json")))),
  };
};

/** Sends a request to the control API and returns its response: the state of the region. */
export const askControl = async (
  control: string,
  method: string,
  path = "",
  body?: object,
): Promise<unknown> => {
  const response = await fetch(`${control}${path}`, { method, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`control ${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(timer);
};
