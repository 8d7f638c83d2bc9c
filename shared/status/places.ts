import { component } from "../alarm/component.ts";
import { type ComponentStatus, worstStatus } from "./componentStatus.ts";
import type { ComponentChange } from "./incident.ts";
import type { Affected } from "./incidentRecord.ts";

/** A component in a region, as a key of a map. */
export const placeKey = ({ component, region }: Pick<Affected, "component" | "region">): string =>
  `${region} ${component}`;

/** The worst status of each component by several lists, in the order of regions and components. */
export const combined = (lists: Iterable<readonly Affected[]>): Affected[] => {
  const places = new Map<string, Affected>();
  for (const place of [...lists].flat()) {
    const known = places.get(placeKey(place));
    const status = known ? worstStatus([known.status, place.status]) : place.status;
    places.set(placeKey(place), { ...place, status });
  }
  return [...places.values()].sort(byPlace);
};

/** The components whose status is not `operational`. */
export const notOperational = (places: readonly Affected[]): Affected[] =>
  places.filter(({ status }) => status !== "operational");

/** The components that are affected before or after, with both statuses. */
export const changesBetween = (
  before: readonly Affected[],
  after: readonly Affected[],
): ComponentChange[] => {
  const from = statuses(before);
  const to = statuses(after);
  return combined([before, after]).map(({ component, region }) => {
    const key = placeKey({ component, region });
    return {
      component,
      region,
      from: from.get(key) ?? "operational",
      to: to.get(key) ?? "operational",
    };
  });
};

const statuses = (places: readonly Affected[]): Map<string, ComponentStatus> =>
  new Map(places.map((place) => [placeKey(place), place.status]));

const byPlace = (one: Affected, other: Affected): number =>
  one.region.localeCompare(other.region, "en") || indexOf(one) - indexOf(other);

const indexOf = (place: Affected): number => component.options.indexOf(place.component);
