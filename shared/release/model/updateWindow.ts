import { dayMs, minuteMs } from "../../platform/durations.ts";
import type { UpdateWindow } from "./release.ts";

/**
 * Whether a time is in a window of the day, for a device that is `offsetMinutes` east of UTC. Equal
 * ends are a whole day.
 */
export const isInWindow = (
  { from, to }: UpdateWindow,
  now: number,
  offsetMinutes: number,
): boolean => {
  const local = minuteOfDay(now, offsetMinutes);
  if (from === to) return true;
  return from < to ? local >= from && local < to : local >= from || local < to;
};

/** The next time at which the window opens, in milliseconds since 1970; `now` while it is open. */
export const nextOpening = (window: UpdateWindow, now: number, offsetMinutes: number): number => {
  if (isInWindow(window, now, offsetMinutes)) return now;
  const minutes = (window.from - minuteOfDay(now, offsetMinutes) + 1_440) % 1_440;
  return now - (now % minuteMs) + minutes * minuteMs;
};

const minuteOfDay = (now: number, offsetMinutes: number): number => {
  const local = now + offsetMinutes * minuteMs;
  return Math.floor((((local % dayMs) + dayMs) % dayMs) / minuteMs);
};
