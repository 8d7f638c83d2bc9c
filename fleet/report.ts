import { type DeviceState, deviceStates } from "#shared/release/model/deviceStatus.ts";
import type { Books } from "./books.ts";
import { faultNames } from "./faults.ts";
import type { DeviceTruth } from "./simulatedDevice.ts";

/** One line of the live summary. */
export const summaryLine = (
  seconds: number,
  truths: readonly DeviceTruth[],
  { state, counts }: { readonly state: string; readonly counts: Books["counts"] | undefined },
): string => {
  const count = (is: (truth: DeviceTruth) => boolean) => truths.filter(is).length;
  const devices = [
    `${count(({ isConnected }) => isConnected)} connected`,
    `${count(({ version }) => version > 1)} with the new image`,
    `${count(({ isTrial }) => isTrial)} on trial`,
  ].join(", ");
  const listed = counts === undefined ? "" : countsText(counts);
  const cloud = listed === "" ? "" : ` | ${listed}`;
  return `${String(seconds).padStart(4)} s  ${state.padEnd(12)} ${devices}${cloud}`;
};

const countsText = (counts: Readonly<Record<DeviceState, number>>): string =>
  deviceStates
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`)
    .join(", ");

/** Result of a run. */
export interface RunResult {
  readonly seed: number;
  readonly product: number;
  readonly release: string;
  readonly state: string;
  readonly seconds: number;
  readonly megabytes: number;
  readonly books: Books;
}

/** Problems of a list of devices, in addition to those of single devices. */
export const isBalanced = ({ unknown, repeated, problems }: Books): boolean =>
  unknown.length + repeated.length + problems.length === 0;

/** The books for a person: counts, each fault, and each device that disagrees. */
export const formatBooks = ({ seed, release, state, seconds, megabytes, books }: RunResult) => {
  const { entries, counts, unknown, repeated, problems } = books;
  const total = deviceStates.reduce((sum, name) => sum + counts[name], 0);
  const lines = [
    "",
    `release ${release}: ${state} after ${seconds} s, seed ${seed}, ${megabytes} MB`,
    `${entries.length} devices, ${total} in the release: ${countsText(counts)}`,
    "",
    ...faultLines(books),
    "",
    ...(isBalanced(books) ? ["The books of the cloud and the devices agree."] : []),
    ...problems.map(
      ({ id, fault, version, state: listed, problem, error }) =>
        `${id}  ${fault ?? "good"}  version ${version}  ${listed ?? "missing"}: ${problem}${error === undefined ? "" : ` (${error})`}`,
    ),
    ...unknown.map((id) => `${id}  is in the release, and not a device of the fleet`),
    ...repeated.map((id) => `${id}  is in the list more than once`),
  ];
  return lines.join("\n");
};

const faultLines = ({ entries }: Books): string[] =>
  [undefined, ...faultNames].flatMap((fault) => {
    const some = entries.filter((entry) => entry.fault === fault);
    if (some.length === 0) return [];
    const states = deviceStates.flatMap((state) => {
      const number = some.filter((entry) => entry.state === state).length;
      return number === 0 ? [] : [`${number} ${state}`];
    });
    const updated = some.filter(({ version }) => version > 1).length;
    const name = (fault ?? "good").padEnd(11);
    return [
      `${name} ${String(some.length).padStart(5)}  ${updated} with the new image; ${states.join(", ")}`,
    ];
  });
