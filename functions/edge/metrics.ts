import { largest } from "#shared/platform/largest.ts";
import { slicesMax } from "#shared/platform/limits.ts";

/**
 * Writes counters as one line in CloudWatch's embedded metric format (EMF). Zeros are omitted.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const count = (counts: Readonly<Record<string, number>>): void => write(counts, {});

/**
 * Writes a counter of each slice of a service, for example of each integration: an alarm by
 * contributor names the slices. Only the `slicesMax` largest counts are written, because each
 * value of a dimension is a metric that AWS bills for the hours in which it has data.
 */
export const countSlices = (
  metric: string,
  dimension: SliceDimension,
  counts: ReadonlyMap<string, number>,
): void => {
  for (const [slice, value] of largest(counts, slicesMax)) {
    write({ [metric]: value }, { [dimension]: slice });
  }
};

/** The dimensions of slices. */
export type SliceDimension = "route" | "worker" | "integration" | "fleet" | "release";

const write = (
  counts: Readonly<Record<string, number>>,
  slice: Readonly<Record<string, string>>,
): void => {
  const some = Object.entries(counts).filter(([, value]) => value > 0);
  if (some.length === 0) return;
  const { POWERTOOLS_SERVICE_NAME: service = "" } = process.env;
  measure(
    { service, ...slice },
    Object.fromEntries(some.map(([name, value]) => [name, ["Count", value]])),
  );
};

/** Values of metrics by name, with their units. */
type Values = Readonly<Record<string, readonly [unit: "Count" | "Milliseconds" | "None", number]>>;

/**
 * Writes values with dimensions of their own as one line of EMF, zeros included. Each combination
 * of dimensions is a metric that costs money: they must be few.
 */
export const measure = (dimensions: Readonly<Record<string, string>>, values: Values): void => {
  const { POWERTOOLS_METRICS_NAMESPACE: Namespace } = process.env;
  const Metrics = Object.entries(values).map(([Name, [Unit]]) => ({ Name, Unit }));
  const directive = { Namespace, Dimensions: [Object.keys(dimensions)], Metrics };
  const line = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...Object.fromEntries(Object.entries(values).map(([name, [, value]]) => [name, value])),
  };
  // Lambda adds its own fields to what `console` writes.
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
