/**
 * Whether a time that was set at most `ms` ahead is still in the future. `now` and `until` are in
 * milliseconds since 1970. If the clock was set back, the time counts as expired: otherwise a value
 * that is cached for a minute could be used for an hour.
 */
export const isUnexpired = (until: number, { now, ms }: { now: number; ms: number }): boolean =>
  now < until && until - now <= ms;
