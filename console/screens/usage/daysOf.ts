const dayMs = 86_400_000;

interface Usage {
  /** ISO times. */
  readonly from: string;
  readonly to: string;
  /** The days with usage, by their begin in UTC. */
  readonly steps?: readonly { readonly at: string; readonly operations: number }[] | undefined;
}

/**
 * The data operations of every day in UTC, oldest first, also of days without usage, which the API
 * leaves out. `at` is in seconds since 1970.
 */
export const daysOf = ({
  from,
  to,
  steps = [],
}: Usage): readonly { readonly at: number; readonly operations: number }[] => {
  const counted = new Map(steps.map(({ at, operations }) => [Date.parse(at), operations]));
  const first = Math.floor(Date.parse(from) / dayMs);
  // A period that ends at midnight does not contain the day that begins then.
  const days = Math.ceil(Date.parse(to) / dayMs) - first;
  return Array.from({ length: Math.max(0, days) }, (_, i) => {
    const at = (first + i) * dayMs;
    return { at: at / 1_000, operations: counted.get(at) ?? 0 };
  });
};
