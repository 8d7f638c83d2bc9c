import type { AttemptBody } from "../../api/replies.ts";

/** When attempts started, in seconds since 1970, and how long they took; oldest first. */
export const latenciesOf = (
  attempts: readonly Pick<AttemptBody, "started_at" | "took_ms">[],
): { readonly times: readonly number[]; readonly tookMs: readonly number[] } => {
  const points = attempts
    .map(({ started_at: at, took_ms: took }) => [Date.parse(at) / 1_000, took] as const)
    .toSorted(([one], [other]) => one - other);
  return { times: points.map(([at]) => at), tookMs: points.map(([, took]) => took) };
};

/** The nearest-rank percentile of a list with values; `share` is 0 to 1. */
export const percentileOf = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
};
