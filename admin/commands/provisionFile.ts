import { resolve } from "node:path";
import * as z from "zod";
import { type DeviceFile, readDeviceFile, type WantedDevice } from "../bulk/deviceFile.ts";
import { isOutput, type OutFolder, openOutFolder } from "../bulk/outFolder.ts";
import { provisionDevices } from "../bulk/provisionDevices.ts";
import type { Command, CommandDeps } from "../command.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";
import { wholeNumber } from "../wholeNumber.ts";

/**
 * IoT Core creates 10 to 15 certificates and things per second, account and region by default. The
 * tool uses half of the lowest quota. https://docs.aws.amazon.com/general/latest/gr/iot-core.html
 */
const perMinuteInAws = 300;
const progressMs = 5_000;

const fleet = z.object({ fleet: z.string(), owner: z.string(), room: z.number().optional() });

/** Provisions many devices from a file. */
export const provisionFile: Command = {
  words: "device provision-file",
  argument: "FILE",
  summary:
    "provision a device for each line of a CSV file; a repeated run continues an interrupted one",
  options: {
    user: { value: "NAME", description: "add the devices to this user, without a product" },
    product: { value: "ID", description: "add the devices to this product (a number)" },
    out: {
      value: "DIR",
      description: "folder for the devices' identities, readable by you only; required to continue",
    },
    check: { description: "check the file and the fleet, and provision nothing" },
    rate: {
      value: "N",
      description: `maximum devices per minute (default: ${perMinuteInAws} in AWS, no limit on one machine)`,
    },
  },
  async run(file, options, deps) {
    const user = textOf(options.user);
    const product = textOf(options.product);
    const folder = textOf(options.out);
    if ((user === undefined) === (product === undefined)) {
      throw new UsageError("Name a user with --user, or a product with --product.");
    }
    if (folder === undefined && options.check !== true) {
      throw new UsageError("device provision-file needs --out DIR.");
    }
    if (folder !== undefined && isOutput(resolve(file), resolve(folder))) {
      throw new UsageError(
        `${file} would be overwritten: the tool writes a list with the same name.`,
      );
    }
    const rate = wholeNumber("--rate", options.rate) ?? (deps.isLocal ? undefined : perMinuteInAws);
    if (rate === 0) throw new UsageError("--rate must be 1 or more.");
    const devices = checked(await readDeviceFile(file), file, deps);
    const target = { user, product };
    const found = fleet.parse(await deps.invoke({ describeFleet: target }));
    const about = { file, owner: found.owner, fleet: found.fleet, lines: devices.length };
    if (folder === undefined || options.check === true)
      return { ...about, room: found.room ?? null };
    const out = await openOutFolder(resolve(folder), found.fleet);
    try {
      const done = await provision(devices, { target, room: found.room, rate, out }, deps);
      return { ...about, out: folder, ...done };
    } finally {
      await out.close();
    }
  },
};

const checked = (
  { devices, bad }: DeviceFile,
  file: string,
  { say }: Pick<CommandDeps, "say">,
): readonly WantedDevice[] => {
  for (const { line, error } of bad) say(`line ${line}: ${error}`);
  if (bad.length > 0) {
    const faults = bad.length === 1 ? "1 fault" : `${bad.length} faults`;
    throw new UsageError(`${file} has ${faults}; no device was created.`);
  }
  if (devices.length === 0) throw new UsageError(`${file} has no devices.`);
  return devices;
};

interface Run {
  readonly target: object;
  readonly room: number | undefined;
  readonly rate: number | undefined;
  readonly out: OutFolder;
}

const provision = async (
  devices: readonly WantedDevice[],
  { target, room, rate, out }: Run,
  deps: CommandDeps,
): Promise<object> => {
  const todo: WantedDevice[] = [];
  for (const device of devices) if (!(await out.isMade(device))) todo.push(device);
  const earlier = devices.length - todo.length;
  if (earlier > 0) deps.say(`${earlier} of ${devices.length} devices are from an earlier run`);
  if (room !== undefined && todo.length > room) {
    // Some of them may exist: an interrupted run may not have stored them.
    deps.say(`the fleet accepts ${room} more devices: use a product for more`);
  }
  const start = performance.now();
  let made = 0;
  const speed = () => Math.round((made * 60_000) / Math.max(1, performance.now() - start));
  let next = start + progressMs;
  const onProgress = (more: number): void => {
    made += more;
    if (performance.now() < next) return;
    next = performance.now() + progressMs;
    deps.say(`${earlier + made} of ${devices.length} devices, ${speed()} a minute`);
  };
  const pace = paced(rate, deps);
  const failed = await provisionDevices(todo, target, { ...deps, out, pace, onProgress });
  failed.sort((a, b) => a.line - b.line);
  await out.keepFailures(failed);
  if (failed.length === 0) return { made, earlier, per_minute: speed() };
  for (const { line, message } of failed) deps.say(`line ${line}: ${message}`);
  throw new UsageError(
    `${failed.length} of ${devices.length} devices were not created: see failures.csv in the folder. Correct the lines, and run the command again.`,
  );
};

/** Spreads the devices evenly over the time. */
const paced = (
  perMinute: number | undefined,
  { wait }: Pick<CommandDeps, "wait">,
): ((devices: number) => Promise<void>) => {
  let free = performance.now();
  return async (devices) => {
    if (perMinute === undefined) return;
    const start = Math.max(free, performance.now());
    free = start + (devices * 60_000) / perMinute;
    await wait(Math.max(0, start - performance.now()));
  };
};
