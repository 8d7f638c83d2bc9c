import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { openBareBroker } from "../system/bareBroker.ts";
import { nodeCommand } from "../system/nodeCommand.ts";
import { serve } from "../system/serve.ts";
import { nodeRedFlows } from "./nodeRedFlows.ts";

/** Child process that runs a broker, and Node-RED in a process that it can kill and restart. */
const broker = await openBareBroker();
const file = (name: string): string => join(broker.folder, name);
let nodeRed: ChildProcess | undefined;
let run = async (): Promise<void> => {
  throw new Error("Node-RED is not started");
};

// Node-RED must not outlive this process.
process.once("exit", () => void nodeRed?.kill("SIGKILL"));

const startMsMax = 60_000;

/** Disables editor, API and telemetry: Node-RED opens no port. */
const settings = `module.exports = {
  httpAdminRoot: false,
  httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  flowFile: "flows.json",
};
`;

const options = z.object({
  red: z.string(),
  routes: z.array(z.object({ event: z.string(), url: z.url() })),
  keepsSession: z.boolean(),
  descriptors: z.int().optional(),
});

const start = async (input: unknown) => {
  const { red, routes, keepsSession, descriptors } = options.parse(input);
  const { certificate, privateKey } = await broker.authority.issueDevice();
  const files = { ca: file("trusted.pem"), certificate: file("own.pem"), key: file("own-key.pem") };
  await writeFile(files.ca, broker.authority.caPem);
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, privateKey);
  const port = Number(new URL(broker.mqtt).port);
  const flows = nodeRedFlows(routes, { port, ...files, keepsSession });
  await writeFile(file("flows.json"), JSON.stringify(flows));
  await writeFile(file("settings.js"), settings);
  const [command = "", ...args] = nodeCommand(descriptors);
  run = async () => {
    const all = [...args, red, "--settings", file("settings.js"), "--userDir", broker.folder];
    const subscribed = waitForSubscriptions(routes.length);
    nodeRed = spawn(command, all, { cwd: broker.folder, stdio: "ignore" });
    await Promise.race([subscribed, ended(nodeRed)]);
  };
  await run();
  return { mqtt: broker.mqtt, ca: broker.authority.caPem };
};

let onSubscribe = (): void => {};
broker.onSubscribe(() => onSubscribe());

/** Resolves after `count` subscriptions. */
const waitForSubscriptions = (count: number): Promise<void> => {
  const all = Promise.withResolvers<void>();
  let received = 0;
  onSubscribe = () => {
    received += 1;
    if (received === count) all.resolve();
  };
  setTimeout(() => all.reject(new Error("Node-RED did not subscribe")), startMsMax).unref();
  return all.promise;
};

const ended = async (child: ChildProcess): Promise<never> => {
  const [code] = await once(child, "exit");
  throw new Error(`Node-RED exited: ${code}`);
};

const kill = async (): Promise<void> => {
  if (nodeRed === undefined || nodeRed.exitCode !== null || nodeRed.signalCode !== null) return;
  const exited = once(nodeRed, "exit");
  nodeRed.kill("SIGKILL");
  await exited;
};

serve(
  {
    start,
    kill,
    restart: () => run(),
    async addDevice(name) {
      const { certificate, privateKey } = await broker.authority.issueDevice();
      return { id: String(name), fleet: "bench", certificate, privateKey };
    },
  },
  async () => {
    await kill();
    await broker.stop();
  },
);
