import { join } from "node:path";
import { startControlServer } from "./control/controlServer.ts";
import { openRegionControl } from "./control/regionControl.ts";
import type { Credentials } from "./http/signature.ts";
import { openAccess } from "./iam/access.ts";
import { openIam } from "./iam/iam.ts";
import { type Authority, openAuthority } from "./iot/certificate/authority.ts";
import type { Log } from "./platform/log.ts";
import { type Services, startServices } from "./services.ts";
import type { Options } from "./start/options.ts";
import { portOfRegion } from "./start/ports.ts";
import type { DiskSpace } from "./state/diskSpace.ts";
import { assertFirstRegion } from "./state/firstRegion.ts";
import type { OpenState } from "./state/openState.ts";
import type { StateFolder } from "./state/stateFolder.ts";
import type { Stack } from "./template/assembly.ts";
import { type CreatedStack, createStack } from "./template/createStack.ts";
import type { ResourceProvider } from "./template/resourceProvider.ts";

/** A region that accepts clients. */
interface Region {
  readonly region: string;
  readonly api: string;
  readonly mqtt: string;
  readonly control: string;
  readonly services: Services;
  /** The outputs of the region's stacks. */
  readonly outputs: Partial<Record<string, string>>;
}

interface RegionsOptions extends Omit<Options, "log"> {
  readonly state: StateFolder;
  /** The integrity records of a persistent state folder. */
  readonly opened?: OpenState | undefined;
  readonly space: DiskSpace;
  readonly assembly: string;
  readonly credentials: Credentials;
  readonly log: Log;
  readonly onFatalError: (error: Error) => void;
}

/** The account id that the emulators use. */
const account = "000000000000";

/**
 * Starts every region that has a stack, the first stack's region first. When one fails, those
 * already started are stopped.
 */
export const startRegions = async (
  stacks: readonly Stack[],
  options: RegionsOptions,
): Promise<{ regions: Region[]; stop(): Promise<void> }> => {
  const names = [...new Set(stacks.map(({ region }) => region))];
  await assertFirstRegion(options.state.path, names[0] ?? "");
  const authority = await openAuthority(options.state.folder("iot"));
  const iam = openIam({ account, owner: options.credentials });
  const access = openAccess();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()));
  };
  try {
    const running = new Map<string, Services>();
    for (const [index, region] of names.entries()) {
      const services = await startServices({
        ...servicesOptions({ region, index, authority }, options),
        iam,
        access,
      });
      stops.push(services.stop);
      running.set(region, services);
    }
    const outputs = await createStacks(stacks, running, iam.providers);
    access.set(iam.data());
    for (const { setAccess } of running.values()) await setAccess(iam.data());
    const regions: Region[] = [];
    for (const [region, services] of running) {
      const opened = await open(region, running, options.log);
      stops.push(opened.stop);
      regions.push({ ...opened, services, outputs: outputs.get(region) ?? {} });
    }
    return { regions, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The first region's state is at the top level of the folder, as with a single region. */
const servicesOptions = (
  { region, index, authority }: { region: string; index: number; authority: Authority },
  options: RegionsOptions,
) => {
  const { state, opened, apiPort, mqttPort } = options;
  const pathOf = (name: string) => (index === 0 ? name : join("regions", region, name));
  const folder = (name: string) => state.folder(pathOf(name));
  const counterConfigOf = async (name: string) => opened?.counterConfigOf(pathOf(name));
  return {
    ...options,
    region,
    account,
    authority,
    state: { isPersistent: state.isPersistent, folder, counterConfigOf },
    apiPort: portOfRegion(apiPort, index),
    mqttPort: portOfRegion(mqttPort, index),
    log: options.regions === undefined ? options.log : withRegion(options.log, region),
  };
};

/** Adds the region to each log line. */
const withRegion =
  (log: Log, region: string): Log =>
  (message, fields, level) =>
    log(message, { region, ...fields }, level);

/**
 * The services of all regions start before any stack: a stack may create table replicas in other
 * regions.
 */
const createStacks = async (
  stacks: readonly Stack[],
  running: ReadonlyMap<string, Services>,
  accountProviders: readonly ResourceProvider[],
): Promise<Map<string, Record<string, string>>> => {
  const byRegion = new Map<string, Record<string, string>>();
  const outputs = new Map<string, CreatedStack["outputs"]>();
  const exportsByRegion = new Map<string, ReadonlyMap<string, string>>();
  for (const [region, { tables }] of running) {
    await tables.connect(
      new Map(others(region, running).map(([name, other]) => [name, other.tables])),
    );
  }
  for (const [region, { events }] of running) {
    events.connect(new Map(others(region, running).map(([name, other]) => [name, other.events])));
  }
  for (const stack of stacks) {
    const providers = [...(running.get(stack.region)?.providers ?? []), ...accountProviders];
    const exports = exportsByRegion.get(stack.region) ?? new Map();
    const made = await createStack(stack, { account, providers, outputs, exports });
    running.get(stack.region)?.cloudformation.add({ ...stack, ...made });
    outputs.set(stack.name, made.outputs);
    exportsByRegion.set(stack.region, new Map([...exports, ...made.exports]));
    byRegion.set(stack.region, { ...byRegion.get(stack.region), ...made.outputs });
  }
  return byRegion;
};

const open = async (region: string, running: ReadonlyMap<string, Services>, log: Log) => {
  const services = running.get(region);
  if (services === undefined) throw new Error(`${region} is not running`);
  const peers = new Map(others(region, running).map(([name, other]) => [name, other.endpoints]));
  await services.setInterceptors({}, peers);
  const { api } = await services.open();
  const control = openRegionControl(services, peers);
  const server = await startControlServer({ region, services, control }, log);
  const mqtt = `mqtts://127.0.0.1:${services.iot.mqttPort}`;
  return { region, api, mqtt, control: server.url, stop: server.stop };
};

const others = (region: string, running: ReadonlyMap<string, Services>) =>
  [...running].filter(([name]) => name !== region);
