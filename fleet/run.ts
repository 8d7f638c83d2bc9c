import { setTimeout as wait } from "node:timers/promises";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { type Books, compareBooks } from "./books.ts";
import type { FleetCloud } from "./cloud.ts";
import { connectFleet, createFleet, newVersion } from "./createFleet.ts";
import { connectingMax, pollMs, settleMs } from "./limits.ts";
import type { Options } from "./options.ts";
import { listDevices, releaseState, startRelease } from "./release.ts";
import { type RunResult, summaryLine } from "./report.ts";
import type { SimulatedDevice } from "./simulatedDevice.ts";

/** Whether a release has ended. A halted one goes on if it rolls back. */
const hasEnded = (state: string, { rollback }: Options): boolean =>
  ["completed", "rolled_back", "cancelled", "superseded"].includes(state) ||
  (state === "halted" && rollback === "none");

/** Runs a fleet against a cloud, until its release has ended or the time is over. */
export const runFleet = async (
  cloud: FleetCloud,
  options: Options,
  log: (line: string) => void,
): Promise<RunResult> => {
  const { api } = cloud;
  const until = performance.now() + options.minutes * 60_000;
  log(`provisions ${options.devices} devices; seed ${options.seed}`);
  const { product, devices } = await createFleet(cloud, options);
  try {
    log(`product ${product}: connects the devices`);
    await connectFleet(devices);
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
