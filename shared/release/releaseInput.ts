import * as z from "zod/mini";
import { groupName } from "../device/group/group.ts";
import { firmwareVersionMax, firmwareVersionMin } from "../firmware/limits.ts";
import { flag } from "../input/flag.ts";
import { validationFailure } from "../input/readInput.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { deviceIdPattern } from "../platform/topic.ts";
import {
  failureCountDefault,
  failurePercentDefault,
  namedDevicesMax,
  namedGroupsMax,
  returnSecondsDefault,
  returnSecondsMax,
  returnSecondsMin,
  soakSecondsMax,
  targetedDevicesMax,
  wavesMax,
} from "./limits.ts";
import { type Release, rollbackKinds, type Wave } from "./model/release.ts";

const version = wholeNumber(firmwareVersionMin, firmwareVersionMax);
const deviceId = z.pipe(
  z.string().check(z.trim(), z.toLowerCase()),
  z.string().check(z.regex(deviceIdPattern, "must be a device id: 24 hex digits")),
);
const devices = z.array(deviceId).check(z.minLength(1), z.maxLength(namedDevicesMax));
const groups = z.array(groupName).check(z.minLength(1), z.maxLength(namedGroupsMax));
const percent = z
  .number()
  .check(z.gt(0, "must be more than 0"), z.maximum(100, "must be at most 100"));
const soak = z._default(wholeNumber(0, soakSecondsMax), 0);
const timeOfDay = z
  .string()
  .check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day, for example "22:00"'));

/** What a person says about a release. Times of the day are those of each device. */
export const releaseInput = {
  version,
  to: z.union([
    z.strictObject({ all: z.literal(true) }),
    z.strictObject({ groups }),
    z.strictObject({ devices }),
  ]),
  waves: z._default(
    z
      .array(
        z.union([
          z.strictObject({ percent, soak }),
          z.strictObject({ groups, soak }),
          z.strictObject({ devices, soak }),
        ]),
      )
      .check(z.minLength(1), z.maxLength(wavesMax)),
    [{ percent: 100, soak: 0 }],
  ),
  failures: z._default(
    z.strictObject({
      count: z._default(wholeNumber(1, targetedDevicesMax), failureCountDefault),
      percent: z._default(z.number().check(z.nonnegative(), z.maximum(100)), failurePercentDefault),
    }),
    { count: failureCountDefault, percent: failurePercentDefault },
  ),
  window: z.optional(z.strictObject({ from: timeOfDay, to: timeOfDay })),
  /** The seconds in which a device whose interval is unknown must come back. */
  return_within: z._default(wholeNumber(returnSecondsMin, returnSecondsMax), returnSecondsDefault),
  forced: z._default(flag, false),
  /** Offer to connected devices at once; otherwise at their next hello. */
  immediate: z._default(flag, true),
  rollback: z._default(z.enum(rollbackKinds), "none"),
  rollback_version: z.optional(version),
};

const whole = z.object(releaseInput);

export type ReleaseInput = z.output<typeof whole>;

/** The part of a release that a person chooses. */
export type ReleaseChoice = Pick<
  Release,
  | "version"
  | "to"
  | "waves"
  | "failures"
  | "window"
  | "returnMs"
  | "forced"
  | "immediate"
  | "rollback"
  | "rollbackVersion"
>;

/** Reads what a person chose. Fails with `invalid_request` for waves that contradict each other. */
export const releaseChoice = (input: ReleaseInput): ReleaseChoice => {
  const waves = input.waves.map(
    ({ soak: seconds, ...which }): Wave => ({
      ...which,
      soakMs: seconds * 1_000,
    }),
  );
  checkWaves(waves);
  checkRollback(input);
  return {
    version: input.version,
    to: input.to,
    waves,
    failures: input.failures,
    returnMs: input.return_within * 1_000,
    forced: input.forced,
    immediate: input.immediate,
    rollback: input.rollback,
    ...(input.rollback_version !== undefined && { rollbackVersion: input.rollback_version }),
    ...(input.window !== undefined && {
      window: { from: minutesOf(input.window.from), to: minutesOf(input.window.to) },
    }),
  };
};

const checkWaves = (waves: readonly Wave[]): void => {
  let reached = 0;
  for (const [i, wave] of waves.entries()) {
    if (!("percent" in wave)) continue;
    if (wave.percent <= reached) {
      throw validationFailure([
        `waves.${i}.percent: must be more than the ${reached} % of the waves before: percentages are cumulative`,
      ]);
    }
    reached = wave.percent;
  }
  const last = waves.at(-1);
  if (last !== undefined && "percent" in last && last.percent < 100) {
    throw validationFailure([
      `waves: the last one ends at ${last.percent} %: end with {"percent":100}`,
    ]);
  }
};

const checkRollback = ({
  rollback,
  rollback_version: former,
  version: own,
}: ReleaseInput): void => {
  if (rollback === "version" && former === undefined) {
    throw validationFailure([
      'rollback_version: is missing: with "rollback":"version" it is the version to go back to',
    ]);
  }
  if (former !== undefined && rollback === "none") {
    throw validationFailure(['rollback_version: needs "rollback": "slot" or "version"']);
  }
  if (former === own) {
    throw validationFailure(["rollback_version: must be another version than the released one"]);
  }
};

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
};
