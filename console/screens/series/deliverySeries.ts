import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";

/** A time series in a reply. */
export interface SeriesBody {
  /** The names of the values of a point. */
  readonly names: readonly string[];
  /** The start of a step in seconds since 1970, and the values in the order of `names`. */
  readonly points: readonly (readonly number[])[];
}

const hourSeconds = 3_600;

/** The request for a series of the last `hours`; of deliveries, also those of one integration. */
export const seriesRequest = (
  hours: number,
  { metric = "deliveries", integration }: { metric?: string; integration?: string } = {},
): ApiRequest => {
  const hour = Math.floor(Date.now() / 1_000 / hourSeconds);
  const since = new Date((hour - hours + 1) * hourSeconds * 1_000).toISOString();
  const query = { metric, step: hourSeconds, since, integration };
  return { method: "GET", path: fleetPath("/series"), query };
};

/** The start of each step, in seconds since 1970. */
export const timesOf = ({ points }: SeriesBody): number[] => points.map(([at = 0]) => at);

/** The values of a name, in the order of the times. */
export const valuesOf = ({ names, points }: SeriesBody, name: string): number[] => {
  const column = names.indexOf(name) + 1;
  return points.map((point) => (column === 0 ? 0 : (point[column] ?? 0)));
};

export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
