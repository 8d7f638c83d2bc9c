import { judgedFrom, returningMs } from "../limits.ts";
import { runsRelease } from "../model/deviceStatus.ts";
import type { Fact } from "../model/fact.ts";
import { mayReturn } from "./assessDevices.ts";
import type { Census, CensusDevice } from "./census.ts";
import { isRefused } from "./census.ts";

/**
 * The next wave to open: the first one, once the devices are enrolled; a further one when the soak
 * time of the one before is over, no device of it is under way, and enough of its devices are
 * assessed. Devices that are offline or asleep do not delay it: they are updated in their own time.
 * A wave without devices delays nothing.
 */
export const nextWave = ({ release, status, devices, now }: Census): number | undefined => {
  if (status.phase !== "running") return undefined;
  const { waves } = release;
  const last = Math.max(-1, ...status.waves.keys());
  if (last + 1 >= waves.length) return undefined;
  if (last < 0) return 0;
  const openedAt = status.waves.get(last) ?? now;
  if (now < openedAt + (waves[last]?.soakMs ?? 0)) return undefined;
  const own = [...devices.values()].filter(({ enrolment }) => enrolment.wave === last);
  return isWaveDone(own) ? last + 1 : undefined;
};

const isWaveDone = (devices: readonly CensusDevice[]): boolean => {
  const states = devices.map(({ status }) => status);
  if (states.some((one) => one.state === "downloading")) return false;
  const assessed = states.filter(({ state }) => state === "installed" || state === "failed").length;
  const open = states.filter(
    (one) => one.state === "waiting" || (one.state === "held" && !isRefused(one.why)),
  ).length;
  return assessed >= Math.min(judgedFrom, assessed + open);
};

/**
 * Whether nothing more can happen to the devices of a release: none is left to update, or to bring
 * back.
 */
export const isComplete = ({ release, status, devices, now }: Census): boolean => {
  const isRunning = status.phase === "running" && status.waves.size >= release.waves.length;
  if (!isRunning && status.phase !== "rolling_back") return false;
  const isRollback = status.phase === "rolling_back";
  return [...devices.values()].every((one) => isFinal(one, { isRollback, now }));
};

const isFinal = (
  { status, seen }: CensusDevice,
  { isRollback, now }: { isRollback: boolean; now: number },
): boolean => {
  switch (status.state) {
    case "current":
    case "excluded":
      return true;
    case "installed":
      return !isRollback;
    case "failed":
      // A device that is silent may come back, and one with the new image may go back.
      return (
        !(mayReturn(status.why) || (isRollback && runsRelease(seen) === true)) ||
        now >= status.since + returningMs + (seen.former?.patienceMs ?? 0)
      );
    case "held":
      return isRefused(status.why);
    default:
      return false;
  }
};

/** The fact that a wave is open. */
export const waveFact = (
  release: string,
  wave: number,
  where: Pick<Fact, "region" | "at">,
): Fact => ({
  release,
  ...where,
  kind: "wave",
  wave,
});
