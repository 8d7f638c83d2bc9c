import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { startDemo } from "./demo/demo.ts";
import { removeWebhook } from "./demo/demoIntegration.ts";
import {
  type Admin,
  type DemoDevice,
  type DemoUser,
  loadDemoRecords,
  saveDemoDevice,
} from "./demo/records.ts";
import type { Credentials } from "./http/signature.ts";
import type { Log } from "./platform/log.ts";
import { startRegions } from "./regions.ts";
import type { Services } from "./services.ts";
import { awsEnv } from "./start/awsEnv.ts";
import { assertOpenFilesLimit } from "./start/openFiles.ts";
import type { Options } from "./start/options.ts";
import { assertPortIsFree, portOfRegion } from "./start/ports.ts";
import { StartError } from "./start/startError.ts";
import { synthesize } from "./start/synthesize.ts";
import { writeFileAtomically } from "./state/atomicWrite.ts";
import { logDiskSpace, openDiskSpace } from "./state/diskSpace.ts";
import { openState } from "./state/openState.ts";
import { lockStateFolder, type StateFolder } from "./state/stateFolder.ts";
import { readAssembly } from "./template/assembly.ts";

/** A running cloud. */
export interface Cloud {
  /** The first region's. */
  readonly api: string;
  readonly mqtt: string;
  /** The state folder: `ca.pem`, `admin.json`, `aws.env`, `demo/user.json`, `demo/device.json`. */
  readonly state: string;
  readonly regions: readonly CloudRegion[];
  readonly user: DemoUser;
  readonly device: DemoDevice;
  /** Invokes the admin function of the first region, which adds users, tokens and devices. */
  readonly admin: Admin;
  /** The first region's AWS services, for whoever measures them. */
  readonly services: Services;
  stop(): Promise<void>;
}

export interface CloudRegion {
  readonly region: string;
  readonly api: string;
  readonly mqtt: string;
  /** Where drills control it: docs/control.md. */
  readonly control: string;
  readonly services: Services;
}

export interface CloudOptions extends Omit<Options, "log"> {
  readonly log: Log;
  /** Called when the cloud cannot go on. */
  readonly onFatalError: (error: Error) => void;
}

/**
 * Starts the whole cloud of this machine from the templates and waits until everything answers. Fails
 * with a `StartError` on what the person who starts it can do something about, with nothing left running.
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  assertOpenFilesLimit();
  const state = lockStateFolder(options.data);
  try {
    for (const i of (options.regions ?? [""]).keys()) {
      await assertPortIsFree("--api-port", portOfRegion(options.apiPort, i));
      await assertPortIsFree("--mqtt-port", portOfRegion(options.mqttPort, i));
    }
    return await startIn(state, options);
  } catch (error) {
    state.release();
    throw error;
  }
};

const startIn = async (state: StateFolder, options: CloudOptions): Promise<Cloud> => {
  const assembly = await synthesize(state.path, options.log, options.regions);
  const stacks = await readAssembly(assembly);
  const credentials = newCredentials();
  const space = openDiskSpace();
  const opened = state.isPersistent
    ? await openState(state.path, { ...opening(options), space })
    : undefined;
  const endTelling = logDiskSpace(space, state.path, options.log);
  const started = startRegions(stacks, { ...options, state, opened, space, assembly, credentials });
  const { regions, stop: stopRegions } = await started.catch((error: unknown) => {
    endTelling();
    opened?.close();
    throw error;
  });
  const stops = [
    async () => state.release(),
    async () => opened?.close(),
    stopRegions,
    async () => endTelling(),
  ];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const [first] = regions;
    if (first === undefined) throw new StartError("the templates hold no stack");
    const { api, mqtt, services, outputs } = first;
    const { AdminFunction: adminFunction } = outputs;
    if (adminFunction === undefined) throw new StartError("no stack has the output AdminFunction");
    const addresses = { api, mqtt, state: state.path };
    const ca = services.iot.caPem;
    await writeFileAtomically(join(state.path, "ca.pem"), ca);
    const place = { ...services.invocation, function: adminFunction, tables: services.tables.url };
    stops.push(await writeOwn(join(state.path, "admin.json"), JSON.stringify(place)));
    stops.push(await writeOwn(join(state.path, "aws.env"), awsEnv(services)));
    const folder = state.folder("demo");
    const admin: Admin = (request) => services.lambda.invoke(adminFunction, request);
    const records = await loadDemoRecords(folder, admin);
    const endpoints = regions.map((region) => region.mqtt);
    await saveDemoDevice(folder, records.device, { ca, endpoints });
    if (options.demo) {
      const where = { api, endpoints, ca, folder };
      const demo = await startDemo({ ...where, ...records, log: options.log });
      stops.push(demo.stop);
    } else {
      const { log } = options;
      const given = { api, token: records.user.token, log };
      await removeWebhook(join(folder, "webhook.json"), given);
    }
    return { ...addresses, ...records, regions, admin, services, stop };
  } catch (error) {
    // Whoever asked for the cloud gives the state folder back.
    stops.shift();
    await stop();
    throw error;
  }
};

const opening = ({ repair: isRepair = false, log }: CloudOptions) => ({ isRepair, log });

/** Made anew for each start, and known to nobody but its functions and the services that they call. */
const newCredentials = (): Credentials => ({
  accessKeyId: `LOCAL${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
});

/** Writes a file that is there while the cloud is, and that its owner alone may read: the credentials are new with each start. */
const writeOwn = async (path: string, text: string): Promise<() => Promise<void>> => {
  await writeFileAtomically(path, text);
  return () => rm(path, { force: true });
};
