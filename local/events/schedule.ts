const minuteMs = 60_000;

const unitMs: Readonly<Record<string, number>> = {
  minute: minuteMs,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * The interval in ms of a rate expression such as `rate(5 minutes)`. Fails on any other expression,
 * including `cron(…)`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export const scheduleMs = (expression: string): number => {
  const [, count = "", unit = "", plural] =
    /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const ms = unitMs[unit];
  // The unit is singular for 1 and plural otherwise.
  if (ms === undefined || (count === "1") !== (plural === "")) {
    throw new Error(`the schedule expression ${expression} is not supported`);
  }
  return Number(count) * ms;
};

/** A rule that runs at an interval. */
export interface Schedule {
  readonly arn: string;
  readonly everyMs: number;
}

/**
 * The delay of each schedule's first run, in ms. The slot within the minute depends on the names
 * alone, so that it is the same after each start. The last slot is the end of the interval. On AWS
 * the phase of a rate expression is EventBridge's: it cannot be set.
 */
export const firstRuns = <One extends Schedule>(
  schedules: readonly One[],
): [schedule: One, delayMs: number][] =>
  schedules
    .toSorted((one, other) => (one.arn < other.arn ? -1 : 1))
    .map((schedule, i) => [
      schedule,
      schedule.everyMs - minuteMs + (minuteMs * (i + 1)) / schedules.length,
    ]);
