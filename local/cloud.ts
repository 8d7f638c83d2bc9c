import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { accepted } from "./demo/accepted.ts";
import { removeWebhook } from "./demo/demoIntegration.ts";
import {
  type Admin,
  type DemoDevice,
  type DemoUser,
  loadDemoRecords,
  loadOperatorToken,
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
import { withoutCanary } from "./template/withoutCanary.ts";

/** A running cloud. */
export interface Cloud {
  /** API URL of the first region. */
  readonly api: string;
  readonly mqtt: string;
  /**
   * The state folder: `ca.pem`, `admin.json`, `aws.env`, `demo/user.json`,
   * `demo/operator.json`, `demo/device.json`.
   */
  readonly state: string;
  readonly regions: readonly CloudRegion[];
  readonly user: DemoUser;
  readonly device: DemoDevice;
  /** Invokes the admin function of the first region, which adds users, tokens and devices. */
  readonly admin: Admin;
  /** The AWS services of the first region, for tests. */
  readonly services: Services;
  stop(): Promise<void>;
}

export interface CloudRegion {
  readonly region: string;
  readonly api: string;
  readonly mqtt: string;
  /** The control URL for drills: docs/control.md. */
  readonly control: string;
  readonly services: Services;
}

export interface CloudOptions extends Omit<Options, "log"> {
  readonly log: Log;
  /** Called when a service has failed and the cloud cannot continue. */
  readonly onFatalError: (error: Error) => void;
}

/**
 * Starts the whole cloud from the synthesized templates and resolves when every endpoint answers.
 * Fails with a `StartError` for problems that the operator can fix; nothing keeps running then.
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
  const assembly = await synthesize(state.path, options.log, options.regions, options.size);
  const all = await readAssembly(assembly);
  const stacks = options.canary ? all : withoutCanary(all);
  const credentials = newCredentials();
  const space = openDiskSpace();
  const opened = state.isPersistent
    ? await openState(state.path, { isRepair: options.repair ?? false, log: options.log })
    : undefined;
  const stopLogging = logDiskSpace(space, state.path, options.log);
  const started = startRegions(stacks, { ...options, state, opened, space, assembly, credentials });
  const { regions, stop: stopRegions } = await started.catch((error: unknown) => {
    stopLogging();
    opened?.close();
    throw error;
  });
  const stops = [
    async () => state.release(),
    async () => opened?.close(),
    stopRegions,
    async () => stopLogging(),
  ];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const [first] = regions;
    if (first === undefined) throw new StartError("the templates contain no stack");
    const { api, mqtt, services, outputs } = first;
    const { AdminFunction: adminFunction } = outputs;
    if (adminFunction === undefined) throw new StartError("no stack has the output AdminFunction");
    const addresses = { api, mqtt, state: state.path };
    const ca = services.iot.caPem;
    await writeFileAtomically(join(state.path, "ca.pem"), ca);
    const target = { ...services.invocation, function: adminFunction, tables: services.tables.url };
    stops.push(await writeCredentialFile(join(state.path, "admin.json"), JSON.stringify(target)));
    stops.push(await writeCredentialFile(join(state.path, "aws.env"), awsEnv(services)));
    const folder = state.folder("demo");
    const admin: Admin = async (request) =>
      accepted(await services.lambda.invoke(adminFunction, request));
    const records = await loadDemoRecords(folder, admin);
    await loadOperatorToken(folder, admin);
    const endpoints = regions.map((region) => region.mqtt);
    await saveDemoDevice(folder, records.device, { ca, endpoints });
    if (options.demo) {
      // Only then: its MQTT client takes 7 MB.
      const { startDemo } = await import("./demo/demo.ts");
      const { demoDeviceFolder } = await import("./demo/demoFirmware.ts");
      const where = { api, endpoints, ca, folder, deviceFolder: state.folder(demoDeviceFolder) };
      const demo = await startDemo({ ...where, ...records, log: options.log });
      stops.push(demo.stop);
    } else {
      const { log } = options;
      const given = { api, token: records.user.token, log };
      await removeWebhook(join(folder, "webhook.json"), given);
    }
    return { ...addresses, ...records, regions, admin, services, stop };
  } catch (error) {
    // The caller releases the state folder.
    stops.shift();
    await stop();
    throw error;
  }
};

/** New for each start. Only the functions and the emulated services receive them. */
const newCredentials = (): Credentials => ({
  accessKeyId: `LOCAL${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
});

/**
 * Writes a file with the credentials of this start, readable by its owner only, and returns a
 * function that deletes it.
 */
const writeCredentialFile = async (path: string, text: string): Promise<() => Promise<void>> => {
  await writeFileAtomically(path, text);
  return () => rm(path, { force: true });
};
