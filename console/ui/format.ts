const minutes = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const clock = new Intl.DateTimeFormat(undefined, minutes);
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { ...minutes, second: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  ...minutes,
  month: "short",
  day: "numeric",
});
const dayOnly = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "long" });
const counted = new Intl.NumberFormat();

/** A time of day: `14:02`. */
export const timeOfDay = (at: number): string => clock.format(at);

/** A day of a year: `29 Nov`. */
export const day = (at: number): string => dayOnly.format(at);

/** A time of day with seconds. */
export const preciseTime = (at: number): string => clockWithSeconds.format(at);

/** A day and a time of day. */
export const shortTime = (at: number): string => dayAndTime.format(at);

/** A time with its date and time zone. */
export const wholeTime = (at: number): string => whole.format(at);

export const number = (value: number): string => counted.format(value);

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A length of time in its largest unit: `3 minutes`. */
export const duration = (seconds: number): string => {
  for (const [name, length] of units) {
    const count = Math.round(seconds / length);
    if (seconds >= length) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  const count = Math.max(0, Math.round(seconds));
  return `${count} second${count === 1 ? "" : "s"}`;
};

/** How long ago: `3 minutes ago`. */
export const ago = (at: number, now = Date.now()): string =>
  now - at < 10_000 ? "just now" : `${duration((now - at) / 1_000)} ago`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;
