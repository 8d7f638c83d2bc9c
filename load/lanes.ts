import type { Lane } from "./lane.ts";
import { madFactor, otherTenants, overloadFactor, unitsMax } from "./limits.ts";
import type { Part } from "./parts/part.ts";

interface Wanted {
  readonly rate: number | undefined;
  readonly seconds: number | undefined;
  readonly isMad: boolean;
}

/** The lanes of a run: the tenants, and what each of them offers. The mad one is the last. */
export const lanesOf = (
  part: Pick<Part, "documented" | "seconds" | "unitsMax">,
  { rate, seconds = part.seconds, isMad }: Wanted,
): Lane[] => {
  const { perSecond } = part.documented;
  const laneOf = (name: string, of: number): Lane => {
    const count = Math.max(1, Math.round(of * seconds));
    return { name, rate: of, count: Math.min(count, part.unitsMax ?? unitsMax) };
  };
  if (!isMad) return [laneOf("tenant", rate ?? perSecond * overloadFactor)];
  const mad = rate ?? perSecond;
  const others = Array.from({ length: otherTenants }, (_, i) =>
    laneOf(`tenant ${i + 1}`, mad / madFactor),
  );
  return [...others, laneOf("mad tenant", mad)];
};
