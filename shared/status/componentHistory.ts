import type { Component } from "../alarm/component.ts";
import { type ComponentStatus, worstStatus } from "./componentStatus.ts";
import type { Incident, IncidentState } from "./incident.ts";
import { uptimeDays } from "./limits.ts";

/** A component in a region. */
export interface Place {
  readonly component: Component;
  readonly region: string;
}

/** The status of a component now, and since when. */
export interface PlaceStatus extends Place {
  readonly status: ComponentStatus;
  /** When it changed last; undefined if it has not changed since the page exists. */
  readonly since: number | undefined;
}

/** A day (UTC) of a component, in minutes of each status. */
export interface Day {
  /** Its first millisecond. */
  readonly start: number;
  /** Partial or major outage. */
  readonly downMinutes: number;
  readonly degradedMinutes: number;
  readonly maintenanceMinutes: number;
  /** Minutes of the day that the page has covered. 0 before the page existed. */
  readonly minutes: number;
  readonly worst: ComponentStatus;
}

export interface Uptime {
  /** Oldest first. The last one is today. */
  readonly days: readonly Day[];
  /** The part of the time without a partial or major outage; 1 without any time. */
  readonly ratio: number;
  readonly downMinutes: number;
}

/** A time with one status, which is not operational. Ends at `to`, exclusive. */
interface Period {
  readonly from: number;
  readonly to: number;
  readonly status: ComponentStatus;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** The status of a component by all incidents and maintenances at `now`. */
export const statusOf = (
  place: Place,
  incidents: readonly Incident[],
  now: number,
): PlaceStatus => {
  const status = worstStatus(
    incidents.flatMap(({ states }) => {
      const last = states.at(-1);
      return last === undefined ? [] : [statusIn(last, place)];
    }),
  );
  const period = disjoint(periodsOf(place, incidents, now)).at(-1);
  if (status === "operational") return { ...place, status, since: period?.to };
  // A period that begins now has no length yet.
  const isLasting = period?.to === now && period.status === status;
  return { ...place, status, since: isLasting ? period.from : now };
};

/** The minutes of each status of the last `uptimeDays` days. The page exists since `since`. */
export const uptimeOf = (
  place: Place,
  incidents: readonly Incident[],
  { since, now }: { readonly since: number; readonly now: number },
): Uptime => {
  const periods = disjoint(periodsOf(place, incidents, now));
  const today = Math.floor(now / dayMs) * dayMs;
  const days = Array.from({ length: uptimeDays }, (_, i) =>
    dayOf(today - (uptimeDays - 1 - i) * dayMs, periods, { since, now }),
  );
  const minutes = sum(days, (day) => day.minutes);
  const downMinutes = sum(days, (day) => day.downMinutes);
  return { days, downMinutes, ratio: minutes === 0 ? 1 : Math.max(0, 1 - downMinutes / minutes) };
};

const dayOf = (
  start: number,
  periods: readonly Period[],
  { since, now }: { since: number; now: number },
): Day => {
  const from = Math.max(start, since);
  const to = Math.min(start + dayMs, now);
  const inDay = periods.flatMap((period) => within(period, start, to));
  const minutesOf = (...statuses: ComponentStatus[]): number =>
    sum(inDay, (period) =>
      statuses.includes(period.status) ? (period.to - period.from) / minuteMs : 0,
    );
  const affectedMinutes = sum(inDay, (period) => (period.to - period.from) / minuteMs);
  return {
    start,
    downMinutes: minutesOf("partial_outage", "major_outage"),
    degradedMinutes: minutesOf("degraded_performance"),
    maintenanceMinutes: minutesOf("under_maintenance"),
    // An incident before the page existed is known all the same.
    minutes: Math.max(0, (to - from) / minuteMs, affectedMinutes),
    worst: worstStatus(inDay.map(({ status }) => status)),
  };
};

const within = ({ from, to, status }: Period, start: number, end: number): Period[] => {
  const part = { from: Math.max(from, start), to: Math.min(to, end), status };
  return part.from < part.to ? [part] : [];
};

/** The periods in which an incident affects the component. They may overlap. */
const periodsOf = (place: Place, incidents: readonly Incident[], now: number): Period[] =>
  incidents.flatMap(({ states }) =>
    states.flatMap((state, i) => {
      const status = statusIn(state, place);
      const to = states[i + 1]?.at ?? Math.max(now, state.at);
      return status === "operational" ? [] : [{ from: state.at, to, status }];
    }),
  );

const statusIn = ({ affected }: IncidentState, { component, region }: Place): ComponentStatus =>
  worstStatus(
    affected
      .filter((other) => other.component === component && other.region === region)
      .map(({ status }) => status),
  );

/** Periods that do not overlap, each with the worst status of that time, oldest first. */
const disjoint = (periods: readonly Period[]): Period[] => {
  const joined: Period[] = [];
  for (const period of pieces(periods)) {
    const last = joined.at(-1);
    if (last?.to === period.from && last.status === period.status) joined.pop();
    else {
      joined.push(period);
      continue;
    }
    joined.push({ ...last, to: period.to });
  }
  return joined;
};

const pieces = (periods: readonly Period[]): Period[] => {
  const bounds = [...new Set(periods.flatMap(({ from, to }) => [from, to]))].sort(
    (one, other) => one - other,
  );
  return bounds.slice(1).flatMap((to, i) => {
    const from = bounds[i] ?? to;
    const covering = periods.filter((period) => period.from <= from && period.to >= to);
    return covering.length === 0
      ? []
      : [{ from, to, status: worstStatus(covering.map(({ status }) => status)) }];
  });
};

const sum = <Value>(values: readonly Value[], of: (value: Value) => number): number =>
  values.reduce((total, value) => total + of(value), 0);
