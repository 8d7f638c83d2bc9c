import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { type Books, compareBooks } from "./books.ts";
import { addDevices, addProduct, type FleetCloud } from "./cloud.ts";
import { assignFaults, seededRandom } from "./faults.ts";
import { createOwner, platform } from "./firmware.ts";
import { bootMs, confirmMs, connectingMax, pollMs, settleMs } from "./limits.ts";
import type { Options } from "./options.ts";
import { listDevices, registerKeys, releaseState, startRelease, uploadImage } from "./release.ts";
import { type RunResult, summaryLine } from "./report.ts";
import { SimulatedDevice } from "./simulatedDevice.ts";

/** Whether a release has ended. A halted one goes on if it rolls back. */
const hasEnded = (state: string, { rollback }: Options): boolean =>
  ["completed", "rolled_back", "cancelled", "superseded"].includes(state) ||
  (state === "halted" && rollback === "none");

const newVersion = 2;

/** Runs a fleet against a cloud, until its release has ended or the time is over. */
export const runFleet = async (
  cloud: FleetCloud,
  options: Options,
  log: (line: string) => void,
): Promise<RunResult> => {
  const { api } = cloud;
  const until = performance.now() + options.minutes * 60_000;
  const name = `Fleet ${randomBytes(4).toString("hex")}`;
  const product = await addProduct(cloud, name);
  const owner = createOwner(product);
  await registerKeys(api, product, owner.document);
  const size = options.imageKilobytes * 1_024;
  const [old, next] = [imageOf(size, 1), imageOf(size, newVersion)];
  await uploadImage(api, product, { version: 1, file: owner.sign(old, 1) });
  await uploadImage(api, product, { version: newVersion, file: owner.sign(next, newVersion) });
  log(`product ${product}: provisions ${options.devices} devices; seed ${options.seed}`);
  const identities = await addDevices(cloud, product, options.devices);
  const devices = createFleet(identities, { cloud, options, product, keys: owner.document, old });
  try {
    log("connects the devices");
    await mapConcurrently(devices, connectingMax, async (device) => {
      await Promise.race([device.start(), wait(30_000)]);
    });
    log(`the devices publish for ${options.warmUpSeconds} s before the release`);
    await wait(options.warmUpSeconds * 1_000);
    for (const device of devices) {
      if (device.truth.fault === "sleeps") void device.sleep().catch(() => {});
    }
    const id = await startRelease(api, product, newVersion, options);
    return await watch({ devices, product, release: id, cloud, options, until, log });
  } finally {
    await mapConcurrently(devices, connectingMax, (device) => device.stop());
  }
};

/** An image of a version, whose first bytes name it. */
const imageOf = (size: number, version: number): Buffer => {
  const image = randomBytes(size);
  image.write(`fleet ${version}\n`);
  return image;
};

const createFleet = (
  identities: Awaited<ReturnType<typeof addDevices>>,
  {
    cloud,
    options,
    product,
    keys,
    old,
  }: {
    readonly cloud: FleetCloud;
    readonly options: Options;
    readonly product: number;
    readonly keys: object;
    readonly old: Buffer;
  },
): readonly SimulatedDevice[] => {
  const { seed, badPercent, faults: kinds, imageFault } = options;
  const faults = assignFaults(identities.length, badPercent, { kinds, seed });
  return identities.map(
    (identity, i) =>
      new SimulatedDevice({
        identity,
        mqtt: cloud.mqtt,
        ca: cloud.ca,
        product,
        keys,
        image: old,
        platform,
        fault: faults[i],
        imageFault,
        intervalMs: options.intervalSeconds * 1_000,
        daySeconds: options.daySeconds,
        confirmMs,
        bootMs,
        random: seededRandom(seed + i + 1),
      }),
  );
};

interface Watched {
  readonly devices: readonly SimulatedDevice[];
  readonly product: number;
  readonly release: string;
  readonly cloud: FleetCloud;
  readonly options: Options;
  /** By `performance.now()`. */
  readonly until: number;
  readonly log: (line: string) => void;
}

/** Prints a summary until the release has ended, and compares the books. */
const watch = async (watched: Watched): Promise<RunResult> => {
  const { devices, product, release, cloud, options, until, log } = watched;
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1_000);
  const truths = () => devices.map(({ truth }) => truth);
  let state = "unknown";
  let isFinished = false;
  let books: Books | undefined;
  const look = async () => {
    const shown = await releaseState(cloud.api, product, release);
    state = shown.state;
    isFinished = hasEnded(state, options);
    if (shown.paused !== null) log(`offers pause: ${shown.paused}`);
    const listed = await listDevices(cloud.api, product, release);
    const { imageFault } = options;
    books = compareBooks(truths(), listed, { version: newVersion, imageFault, isFinished });
    log(summaryLine(seconds(), truths(), { state, counts: books.counts }));
    return books;
  };
  while (performance.now() < until && !isFinished) {
    await wait(pollMs);
    await look();
  }
  // Devices that were told to roll back still restart.
  const settled = performance.now() + settleMs;
  let last = await look();
  while (performance.now() < settled && last.problems.length > 0) {
    await wait(pollMs);
    last = await look();
  }
  const megabytes = Math.round(process.memoryUsage().rss / 1_048_576);
  return {
    seed: options.seed,
    product,
    release,
    state,
    seconds: seconds(),
    megabytes,
    books: last,
  };
};
