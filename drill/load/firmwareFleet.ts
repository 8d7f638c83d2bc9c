import type { UpdateCommand } from "../../device/update/offer.ts";
import { compareBooks, type ListedDevice } from "../../fleet/books.ts";
import type { FleetCloud } from "../../fleet/cloud.ts";
import {
  connectFleet,
  createFleet,
  type FleetOptions,
  newVersion,
} from "../../fleet/createFleet.ts";
import { listDevices, releaseState } from "../../fleet/release.ts";
import type { DeviceTruth } from "../../fleet/simulatedDevice.ts";
import type { CloudRegion } from "../cloud/cloudProcess.ts";
import type { DrillContext } from "../context.ts";

/** Devices of a product that update their firmware, and what they have received and sent. */
export interface FirmwareFleet {
  readonly product: number;
  readonly ids: readonly string[];
  truths(): readonly DeviceTruth[];
  /** Commands to devices, in their order. */
  readonly commands: readonly SeenCommand[];
  /** Reports and requests of devices, in their order. */
  readonly messages: readonly SeenMessage[];
}

export interface SeenCommand {
  readonly device: string;
  readonly command: UpdateCommand["command"];
  /** By `performance.now()`. */
  readonly at: number;
}

export interface SeenMessage {
  readonly device: string;
  /** State of a report; `url` or `block` of a request. */
  readonly kind: string;
  /** By `performance.now()`. */
  readonly at: number;
}

/** The cloud of a drill, as the fleet simulator uses one. */
export const fleetCloudOf = (
  { cloud, user }: DrillContext,
  region: CloudRegion = cloud.primary,
): FleetCloud => ({
  api: { url: region.api, token: user.token },
  mqtt: region.mqtt,
  ca: cloud.ca,
  username: user.username,
  admin: cloud.admin,
  async stop() {},
});

/** Faults of single devices are not part of a drill. */
const fixed = { seed: 1, badPercent: 0, faults: [], daySeconds: 60 } as const;

/** Connects a fleet of simulated devices. They are stopped at the end of the drill. */
export const addFirmwareFleet = async (
  context: DrillContext,
  options: Omit<FleetOptions, keyof typeof fixed>,
): Promise<FirmwareFleet> => {
  const commands: SeenCommand[] = [];
  const messages: SeenMessage[] = [];
  const { product, devices } = await createFleet(fleetCloudOf(context), {
    ...fixed,
    ...options,
    onCommand: (device, { command }) => commands.push({ device, command, at: performance.now() }),
    onMessage: (device, message) =>
      messages.push({ device, kind: kindOf(message), at: performance.now() }),
  });
  context.onCleanup(() => Promise.all(devices.map((device) => device.stop())));
  await connectFleet(devices);
  return {
    product,
    ids: devices.map(({ truth }) => truth.id),
    truths: () => devices.map(({ truth }) => truth),
    commands,
    messages,
  };
};

const kindOf = (message: object): string => {
  if ("state" in message) return String(message.state);
  return "request" in message ? String(message.request) : "";
};

/** A release: its state, and its devices. */
export interface ShownRelease {
  readonly state: string;
  readonly listed: readonly ListedDevice[];
}

/** Reads a release and all of its devices from the API of a region. */
export const showRelease = async (
  context: DrillContext,
  product: number,
  release: string,
  region?: CloudRegion,
): Promise<ShownRelease> => {
  const { api } = fleetCloudOf(context, region);
  const { state } = await releaseState(api, product, release);
  return { state, listed: await listDevices(api, product, release) };
};

/** Devices whose state in a release does not agree with what they do, or is not exactly one. */
export const unbalanced = (
  truths: readonly DeviceTruth[],
  { listed }: ShownRelease,
  judgement: Omit<Parameters<typeof compareBooks>[2], "version">,
): string[] => {
  const found = compareBooks(truths, listed, { ...judgement, version: newVersion });
  return [
    ...found.problems.map(({ id, state, problem }) => `${id}, ${state ?? "missing"}: ${problem}`),
    ...found.repeated.map((id) => `${id}: repeated`),
    ...found.unknown.map((id) => `${id}: unknown`),
  ];
};
