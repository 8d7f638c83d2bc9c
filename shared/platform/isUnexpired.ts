/**
 * Whether a time that was set at most `ms` ahead is still to come; `now` and `until` are in ms
 * since 1970. A clock that was set back since ends it: else what is remembered for a minute would
 * be for an hour.
 */
export const isUnexpired = (until: number, { now, ms }: { now: number; ms: number }): boolean =>
  now < until && until - now <= ms;
