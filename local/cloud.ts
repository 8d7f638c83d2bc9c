import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startDemo } from "./demo/demo.ts";
import { type Admin, type DemoDevice, type DemoUser, demoRecords } from "./demo/records.ts";
import { expectFreePort } from "./freePort.ts";
import type { Log } from "./log.ts";
import type { Options } from "./options.ts";
import { type Services, startServices } from "./services.ts";
import { StartError } from "./startError.ts";
import { type StateFolder, takeStateFolder } from "./stateFolder.ts";
import { synthesize } from "./synthesize.ts";
import { readAssembly, type Stack } from "./template/assembly.ts";
import { makeStack } from "./template/makeStack.ts";
import { writeWhole } from "./wholeFile.ts";

/** A running cloud. */
export interface Cloud {
  readonly api: string;
  readonly mqtt: string;
  /** The state folder: `ca.pem`, `admin.json`, `demo/user.json`, `demo/device.json`. */
  readonly state: string;
  readonly user: DemoUser;
  readonly device: DemoDevice;
  /** Invokes the admin function, which adds users, tokens and devices. */
  readonly admin: Admin;
  /** The AWS services below, for whoever measures them. */
  readonly services: Services;
  stop(): Promise<void>;
}

export interface CloudOptions extends Options {
  readonly log: Log;
  /** Called when the cloud cannot go on. */
  readonly onDeath: (error: Error) => void;
}

/** The account that the emulators assume. */
const account = "000000000000";

/**
 * Starts the whole cloud of this machine from the templates and waits until everything answers. Fails
 * with a `StartError` on what the person who starts it can do something about, with nothing left running.
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const state = takeStateFolder(options.data);
  try {
    await expectFreePort("--api-port", options.apiPort);
    await expectFreePort("--mqtt-port", options.mqttPort);
    return await startIn(state, options);
  } catch (error) {
    state.release();
    throw error;
  }
};

const startIn = async (state: StateFolder, options: CloudOptions): Promise<Cloud> => {
  const assembly = await synthesize(state.path, options.log);
  const stacks = inOneRegion(await readAssembly(assembly), options.log);
  const region = stacks[0]?.region ?? "";
  const services = await startServices({ ...options, region, account, state, assembly });
  const stops = [async () => state.release(), services.stop];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const { AdminFunction: adminFunction } = await makeStacks(stacks, services);
    if (adminFunction === undefined) throw new StartError("no stack has the output AdminFunction");
    const { api } = await services.open();
    const mqtt = `mqtts://127.0.0.1:${services.iot.mqttPort}`;
    const addresses = { api, mqtt, state: state.path };
    await writeWhole(join(state.path, "ca.pem"), services.iot.caPem);
    stops.push(await writeAdmin(state.path, { ...services.invocation, function: adminFunction }));
    const folder = state.folder("demo");
    const admin: Admin = (request) => services.lambda.invoke(adminFunction, request);
    const records = await demoRecords(folder, admin);
    if (options.demo) {
      const ca = services.iot.caPem;
      const demo = await startDemo({ ...addresses, ...records, ca, folder, log: options.log });
      stops.push(demo.stop);
    }
    return { ...addresses, ...records, admin, services, stop };
  } catch (error) {
    // Whoever asked for the cloud gives the state folder back.
    stops.shift();
    await stop();
    throw error;
  }
};

/** Says how to invoke the admin function, while it can be: the credentials are new with each start. */
const writeAdmin = async (folder: string, invocation: object): Promise<() => Promise<void>> => {
  const path = join(folder, "admin.json");
  await writeWhole(path, JSON.stringify(invocation));
  return () => rm(path, { force: true });
};

/** One machine is one region: that of the first stack. The stacks of other regions are left out. */
const inOneRegion = (stacks: Stack[], log: Log): Stack[] => {
  const [first] = stacks;
  if (first === undefined) throw new StartError("the templates hold no stack");
  const others = stacks.filter(({ region }) => region !== first.region);
  for (const { name } of others) log("left out a stack of another region", { stack: name });
  return stacks.filter(({ region }) => region === first.region);
};

const makeStacks = async (
  stacks: Stack[],
  { kinds }: Services,
): Promise<Partial<Record<string, string>>> => {
  const outputs = new Map<string, Record<string, string>>();
  for (const stack of stacks) {
    outputs.set(stack.name, await makeStack(stack, { account, kinds, outputs }));
  }
  return Object.assign({}, ...outputs.values());
};
