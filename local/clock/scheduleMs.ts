const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * The time between two runs, in ms, of `rate(5 minutes)` and its like. Fails on anything else, `cron(…)`
 * among it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export const scheduleMs = (expression: string): number => {
  const [, count = "", unit = "", plural] =
    /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const ms = unitMs[unit];
  // The unit is in the singular for one, and only then.
  if (ms === undefined || (count === "1") !== (plural === "")) {
    throw new Error(`the schedule ${expression} is not known`);
  }
  return Number(count) * ms;
};
