/** When the windows of a mute rule begin. Times are in ms since 1970. */
export interface Schedule {
  readonly isRecurring: boolean;
  /** The latest begin that is at most `now` and later than `after`. */
  lastStart(now: number, after: number): number | undefined;
  /** Whether a window begins after a time. */
  hasStartAfter(now: number): boolean;
}

const minuteMs = 60_000;

/**
 * Parses `at(yyyy-MM-ddThh:mm)` or `cron(Minutes Hours Day-of-month Month Day-of-week)`. Fails with
 * an error that names the fault.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
 */
export const parseSchedule = (expression: string, timezone: string): Schedule => {
  const zone = openZone(timezone);
  const [, at] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)$/.exec(expression) ?? [];
  if (at !== undefined) return once(zone.toUtc(at));
  const [, cron] = /^cron\((.*)\)$/.exec(expression) ?? [];
  if (cron !== undefined) return recurring(cronMatcher(cron), zone);
  throw new Error(`the schedule ${expression} is neither at(yyyy-MM-ddThh:mm) nor cron(…)`);
};

const once = (start: number): Schedule => ({
  isRecurring: false,
  lastStart: (now, after) => (start <= now && start > after ? start : undefined),
  hasStartAfter: (now) => start > now,
});

const recurring = (matches: (local: LocalTime) => boolean, zone: Zone): Schedule => {
  // Minutes are searched once: the next call continues where the last one ended.
  let searched: { from: number; to: number; start: number | undefined } | undefined;
  return {
    isRecurring: true,
    lastStart(now, after) {
      const newest = now - (now % minuteMs);
      const isKnown = searched !== undefined && searched.to <= newest && searched.from <= after;
      const from = isKnown ? (searched?.to ?? after) : after;
      let start = isKnown ? searched?.start : undefined;
      for (let minute = newest; minute > from; minute -= minuteMs) {
        if (!matches(zone.toLocal(minute))) continue;
        start = minute;
        break;
      }
      searched = { from: Math.min(after, searched?.from ?? after), to: newest, start };
      return start !== undefined && start > after ? start : undefined;
    },
    hasStartAfter: () => true,
  };
};

/** A time of day and a date of a time zone. */
interface LocalTime {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** From 1. */
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** "The characters *, - and , are supported in all fields." */
const cronMatcher = (cron: string): ((local: LocalTime) => boolean) => {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new Error(
      `cron(${cron}) needs 5 fields: minutes, hours, day of month, month, day of week`,
    );
  }
  const [minutes = "", hours = "", days = "", monthsField = "", weekdaysField = ""] = fields;
  if (/\d/.test(weekdaysField)) {
    throw new Error(
      `cron(${cron}): name the day of the week, such as SUN: AWS does not document its number`,
    );
  }
  const minute = field(minutes, { min: 0, max: 59 });
  const hour = field(hours, { min: 0, max: 23 });
  const day = field(days, { min: 1, max: 31 });
  const month = field(monthsField, { min: 1, max: 12, names: months, first: 1 });
  const weekday = field(weekdaysField, { min: 0, max: 6, names: weekdays, first: 0 });
  const isDate = (local: LocalTime): boolean => {
    // As in cron: if both are restricted, one of them is enough.
    if (days !== "*" && weekdaysField !== "*") return day(local.day) || weekday(local.weekday);
    return day(local.day) && weekday(local.weekday);
  };
  return (local) => minute(local.minute) && hour(local.hour) && month(local.month) && isDate(local);
};

interface FieldRange {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** The number of the first name. */
  readonly first?: number;
}

const field = (text: string, range: FieldRange): ((value: number) => boolean) => {
  if (text === "*") return () => true;
  const numberOf = (part: string): number => {
    const name = range.names?.indexOf(part.toUpperCase()) ?? -1;
    const value =
      name >= 0 ? name + (range.first ?? 0) : Number(/^\d+$/.exec(part)?.[0] ?? Number.NaN);
    if (value >= range.min && value <= range.max) return value;
    throw new Error(`'${part}' is not valid in a cron expression`);
  };
  const allowed = new Set<number>();
  for (const part of text.split(",")) {
    const [low = "", high = low] = part.split("-");
    const [from, to] = [numberOf(low), numberOf(high)];
    if (to < from) throw new Error(`'${part}' is not valid in a cron expression`);
    for (let value = from; value <= to; value += 1) allowed.add(value);
  }
  return (value) => allowed.has(value);
};

/** A time zone. */
interface Zone {
  toLocal(utc: number): LocalTime;
  /** The time of a local date and time, such as `2026-03-01T14:00`. */
  toUtc(local: string): number;
}

const openZone = (timezone: string): Zone => {
  const offsetOf = timezone === "UTC" ? () => 0 : zoneOffset(timezone);
  return {
    toLocal(utc) {
      const date = new Date(utc + offsetOf(utc));
      return {
        minute: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        day: date.getUTCDate(),
        month: date.getUTCMonth() + 1,
        weekday: date.getUTCDay(),
      };
    },
    toUtc(local) {
      const wall = Date.parse(`${local}:00Z`);
      if (Number.isNaN(wall)) throw new Error(`at(${local}) is not a valid time`);
      // The offset at the result, which can differ from the one at the wall clock's time.
      return wall - offsetOf(wall - offsetOf(wall));
    },
  };
};

/** The offset of a time zone from UTC, in ms. Fails if there is no such time zone. */
const zoneOffset = (timezone: string): ((utc: number) => number) => {
  const format = zoneFormat(timezone);
  return (utc) => {
    const whole = utc - (utc % minuteMs);
    const text = format.format(whole).replace(" ", "T").replace("T24:", "T00:");
    return Date.parse(`${text}Z`) - whole;
  };
};

const zoneFormat = (timeZone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
  } catch {
    throw new Error(`there is no time zone ${timeZone}`);
  }
};

const dayMs = 86_400_000;

/**
 * The duration in ms of ISO 8601, such as `PT4H` or `P2DT12H`: "a minimum of 1 minute (PT1M) and
 * maximum of 15 days (P15D)".
 */
export const parseDuration = (text: string): number => {
  const [, days = "0", hours = "0", minutes = "0"] =
    /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text) ?? [];
  const ms = Number(days) * dayMs + Number(hours) * 3_600_000 + Number(minutes) * minuteMs;
  if (ms >= minuteMs && ms <= 15 * dayMs) return ms;
  throw new Error(`the duration ${text} is not between PT1M and P15D`);
};
