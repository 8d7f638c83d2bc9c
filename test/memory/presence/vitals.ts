import { sortableTime } from "#shared/aws/platform/rows.ts";
import { dayMs } from "#shared/platform/durations.ts";
import { vitalsDays } from "#shared/presence/vitals/limits.ts";
import type { Vitals, VitalsStore } from "#shared/presence/vitals/vitals.ts";

const keyOf = ({ at, event }: Vitals): string => `${sortableTime(at)}#${event}`;

/** Vitals in memory. */
export const memoryVitals = (now: () => number = () => 0): VitalsStore => {
  const rows = new Map<string, Vitals>();
  const inRange = (wanted: string, { since, until }: { since: number; until: number }) =>
    [...rows.values()].filter(
      ({ device, at }) =>
        device === wanted && at >= since && at < until && at + vitalsDays * dayMs > now(),
    );
  return {
    async add(vitals) {
      rows.set(`${vitals.device} ${keyOf(vitals)}`, vitals);
    },
    count: async (device, range, max) => Math.min(max, inRange(device, range).length),
    async list(device, { fleet, limit, after, ...range }) {
      const isInside = after === undefined || after <= sortableTime(range.until);
      if (!isInside) return { vitals: [] };
      const rest = inRange(device, range)
        .filter((one) => one.fleet === fleet && (after === undefined || keyOf(one) < after))
        .sort((one, other) => (keyOf(one) < keyOf(other) ? 1 : -1));
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return {
        vitals: page,
        ...(last !== undefined && rest.length > limit && { next: keyOf(last) }),
      };
    },
  };
};
