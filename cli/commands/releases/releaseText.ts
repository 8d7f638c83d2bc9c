import { excerpt, visible } from "../../../shared/platform/visibleText.ts";
import type { DeviceState, ListedRelease, Release, ReleasePlan } from "../../cloud/bodies.ts";
import { count } from "../../terminal/count.ts";
import type { Color } from "../../terminal/style.ts";
import { duration, localTime } from "../../terminal/time.ts";

/** The color of the state of a release. */
export const colorOf = (state: ListedRelease["state"]): Color => {
  switch (state) {
    case "completed":
      return "green";
    case "halted":
    case "rolling_back":
    case "rolled_back":
      return "red";
    case "enrolling":
    case "running":
      return "cyan";
    case "cancelled":
    case "superseded":
      return "dim";
  }
};

/** To whom a release goes. */
export const receiversText = ({ to: { groups, devices } }: Pick<ListedRelease, "to">): string => {
  if (groups !== undefined) return `group ${groups.join(", ")}`;
  if (devices === undefined) return "all";
  return devices.length === 1 ? `device ${devices[0]}` : count(devices.length, "device");
};

type Wave = Pick<ListedRelease["waves"][number], "percent" | "groups" | "devices" | "soak">;

const waveText = ({ percent, groups, devices, soak }: Wave): string => {
  const which =
    percent !== undefined
      ? `${percent}%`
      : groups !== undefined
        ? `group ${groups.join(", ")}`
        : `${count(devices?.length ?? 0, "named device")}`;
  return soak === 0 ? which : `${which}, then ${duration(soak)}`;
};

const wavesText = (waves: readonly (Wave & { readonly says: string })[]): string[] => {
  const texts = waves.map(waveText);
  const width = Math.max(0, ...texts.map(({ length }) => length));
  return waves.map(
    ({ says }, i) => `  wave ${i + 1}  ${visible((texts[i] ?? "").padEnd(width))}  ${says}`,
  );
};

/** Whom a release would reach. */
export const planText = (plan: ReleasePlan): string => {
  const excluded = Object.entries(plan.excluded);
  return [
    `Version ${plan.version} for ${count(plan.targeted, "device")}:`,
    ...wavesText(plan.waves.map((wave) => ({ ...wave, says: count(wave.count, "device") }))),
    ...(plan.current > 0 ? [`  ${count(plan.current, "device")} run it already`] : []),
    ...excluded.map(
      ([why, devices]) => `  excluded: ${count(devices, "device")} (${visible(why)})`,
    ),
    ...(plan.not_reached > 0 ? [`  in no wave: ${count(plan.not_reached, "device")}`] : []),
    ...(plan.conflicts.length > 0
      ? [
          `  in the way: ${plan.conflicts.map(visible).join(", ")} (unfinished, with the same devices)`,
        ]
      : []),
  ].join("\n");
};

type Counts = Release["devices_by_state"];

/** The states of a device in a release, in the order of an update. */
export const deviceStates = [
  "current",
  "held",
  "waiting",
  "downloading",
  "installed",
  "failed",
  "excluded",
] as const satisfies readonly DeviceState[];

/** The devices of a release or a wave: those of all states add up to all. */
export const countsText = (counts: Counts): string => {
  const some = deviceStates.filter((state) => counts[state] > 0);
  const parts = some.map((state) => `${counts[state].toLocaleString("en")} ${state}`);
  return `${count(counts.targeted, "device")}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
};

/** A release in one line, which changes when something happens. */
export const progressText = (release: Release): string => {
  const open = release.waves.filter(({ opened_at: at }) => at !== null).length;
  const paused = release.paused === null ? "" : `, paused: ${excerpt(release.paused, 200)}`;
  return `${stateText(release)}, wave ${open} of ${release.waves.length}, ${countsText(release.devices_by_state)}${paused}`;
};

const stateText = ({ state }: Pick<Release, "state">): string => state.replaceAll("_", " ");

/** A release with its waves, halts and devices. */
export const releaseText = (release: Release): string =>
  [
    `Release ${visible(release.id)} of version ${release.version} to ${visible(receiversText(release))}: ${stateText(release)}`,
    `  ${countsText(release.devices_by_state)}`,
    ...wavesText(
      release.waves.map((wave) => ({
        ...wave,
        says:
          wave.opened_at === null
            ? `not open, ${countsText(wave.devices_by_state)}`
            : `open since ${localTime(wave.opened_at)}, ${countsText(wave.devices_by_state)}`,
      })),
    ),
    ...(release.missing > 0
      ? [`  ${count(release.missing, "device")} missing: data was lost`]
      : []),
    ...(release.paused === null ? [] : [`  offers pause: ${excerpt(release.paused, 500)}`]),
    ...release.halts.map((halt) => `  halted ${decisionText(halt)}`),
    ...(release.rolled_back === null
      ? []
      : [
          `  rolled back ${decisionText(release.rolled_back)}`,
          ...(release.rolled_back.release === null
            ? []
            : [`  by release ${visible(release.rolled_back.release)}`]),
        ]),
    `  made ${localTime(release.created_at)} by ${visible(release.created_by)}`,
  ].join("\n");

interface Decided {
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
}

const decisionText = ({ at, by, reason }: Decided): string =>
  `${localTime(at)} by ${visible(by)}${reason === null ? "" : `: ${excerpt(reason, 500)}`}`;
