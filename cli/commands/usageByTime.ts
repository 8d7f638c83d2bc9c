import type { Series } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import type { SeriesQuery } from "../cloud/operations/integrations.ts";
import type { Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";
import { type DeliveryCounts, deliveryColumns } from "./deliveryCounts.ts";

/** One hour or day of a fleet, or of one integration, which has no events and no calls. */
interface Step extends DeliveryCounts {
  /** The start, ISO 8601. */
  readonly at: string;
  readonly events?: number;
  readonly calls?: number;
  readonly failed_calls?: number;
}

const ofIntegration: readonly Column<Step>[] = [
  { title: "FROM", of: ({ at }) => localTime(at) },
  ...deliveryColumns,
];

const ofFleet: readonly Column<Step>[] = [
  { title: "FROM", of: ({ at }) => localTime(at) },
  { title: "EVENTS", of: ({ events }) => events, align: "right" },
  { title: "CALLS", of: ({ calls }) => calls, align: "right" },
  { title: "FAILED CALLS", of: (step) => step.failed_calls, align: "right" },
  ...deliveryColumns,
];

interface ShowDeps {
  readonly cloud: Pick<Cloud, "showSeries">;
  readonly out: Output;
  readonly title: string;
}

/** Shows the events, calls and deliveries of each step. */
export const showSteps = async (
  { integration, ...query }: Omit<SeriesQuery, "metric">,
  { cloud, out, title }: ShowDeps,
): Promise<void> => {
  const deliveries = cloud.showSeries({ ...query, metric: "deliveries", integration });
  if (integration !== undefined) {
    out.rows(
      (await deliveries).points.map(deliveriesIn(await deliveries)),
      ofIntegration,
      "",
      title,
    );
    return;
  }
  const [sent, events, calls] = await Promise.all([
    deliveries,
    cloud.showSeries({ ...query, metric: "events" }),
    cloud.showSeries({ ...query, metric: "calls" }),
  ]);
  const eventsAt = valuesByTime(events);
  const callsAt = valuesByTime(calls);
  const rows = sent.points.map((point) => {
    const [at = 0] = point;
    const { ok = 0, failed = 0 } = callsAt.get(at) ?? {};
    const { events: received = 0 } = eventsAt.get(at) ?? {};
    return {
      ...deliveriesIn(sent)(point),
      events: received,
      calls: ok + failed,
      failed_calls: failed,
    };
  });
  out.rows(rows, ofFleet, "", title);
};

type Values = Readonly<Record<string, number>>;

const valuesOf = ({ names }: Series, [, ...values]: readonly number[]): Values =>
  Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0]));

const valuesByTime = (series: Series): ReadonlyMap<number, Values> =>
  new Map(series.points.map((point) => [point[0] ?? 0, valuesOf(series, point)]));

const deliveriesIn =
  (series: Series) =>
  (point: readonly number[]): Step => {
    const values = valuesOf(series, point);
    return {
      at: new Date((point[0] ?? 0) * 1_000).toISOString(),
      deliveries: values.matched ?? 0,
      delivered: values.delivered ?? 0,
      failed_attempts: values.failed ?? 0,
      waiting: values.waiting ?? 0,
      dead: values.dead ?? 0,
      discarded: values.discarded ?? 0,
      missing: values.missing ?? 0,
    };
  };
