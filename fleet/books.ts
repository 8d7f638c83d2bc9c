import type { DeviceState } from "#shared/release/model/deviceStatus.ts";
import { type Fault, isHarmless } from "./faults.ts";
import type { DeviceTruth } from "./simulatedDevice.ts";

/** A device in the list of a release. */
export interface ListedDevice {
  readonly id: string;
  readonly state: DeviceState;
}

/** One device in the books. */
export interface BookEntry extends DeviceTruth {
  /** The state in the list of the release; absent if it is not in the list. */
  readonly state: DeviceState | undefined;
  /** What disagrees. */
  readonly problem?: string | undefined;
}

export interface Books {
  readonly entries: readonly BookEntry[];
  /** Ids that the list has more than once, or that are not of this fleet. */
  readonly unknown: readonly string[];
  readonly repeated: readonly string[];
  /** Devices by state. */
  readonly counts: Readonly<Record<DeviceState, number>>;
  readonly problems: readonly BookEntry[];
}

/** How the books are judged. */
export interface Judgement {
  /** The version that was released. */
  readonly version: number;
  /** Fault of every device that runs the new image. */
  readonly imageFault: Fault | undefined;
  /** The release has ended, so that no device should be updating. */
  readonly isFinished: boolean;
}

/** Compares what each device does with its state in the release, by id. */
export const compareBooks = (
  truths: readonly DeviceTruth[],
  listed: readonly ListedDevice[],
  judgement: Judgement,
): Books => {
  const known = new Set(truths.map(({ id }) => id));
  const states = new Map<string, DeviceState>();
  const repeated: string[] = [];
  for (const { id, state } of listed) {
    if (states.has(id)) repeated.push(id);
    states.set(id, state);
  }
  const entries = truths.map((truth): BookEntry => {
    const state = states.get(truth.id);
    return { ...truth, state, problem: problemOf(truth, state, judgement) };
  });
  const count = (state: DeviceState) => entries.filter((entry) => entry.state === state).length;
  return {
    entries,
    unknown: [...states.keys()].filter((id) => !known.has(id)),
    repeated,
    counts: {
      current: count("current"),
      held: count("held"),
      waiting: count("waiting"),
      downloading: count("downloading"),
      installed: count("installed"),
      failed: count("failed"),
      excluded: count("excluded"),
    },
    problems: entries.filter(({ problem }) => problem !== undefined),
  };
};

const problemOf = (
  { version, fault }: DeviceTruth,
  state: DeviceState | undefined,
  { version: released, imageFault, isFinished }: Judgement,
): string | undefined => {
  const runsNew = version === released;
  const works = isHarmless(fault) && imageFault === undefined;
  if (state === undefined) return "is not in the list of the release";
  if (state === "installed" || state === "current") {
    if (!runsNew) return `runs version ${version}`;
    // A device that was offered nothing is not known to fail.
    return works ? undefined : "does not work with the new version";
  }
  if (state === "failed" && runsNew && works) return "runs the new version and works";
  if (!isFinished) return undefined;
  if (runsNew && works) return "runs the new version and works";
  if (state === "downloading") return "the release has ended";
  return undefined;
};
