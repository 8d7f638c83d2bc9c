/**
 * The identity of a metric: two metrics with different dimensions are different metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
 */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A text that is equal for equal metrics, in whatever order their dimensions are. */
export const metricKey = ({ namespace, name, dimensions }: Metric): string => {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  let key = `${namespace}\0${name}`;
  for (const each of names) key += `\0${each}\0${dimensions[each]}`;
  return key;
};
