import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

const metrics = new Metrics();

/** Writes counters as one line in CloudWatch's embedded metric format (EMF). Zeros are omitted. */
export const count = (counts: Readonly<Record<string, number>>): void => {
  const some = Object.entries(counts).filter(([, value]) => value > 0);
  if (some.length === 0) return;
  for (const [name, value] of some) metrics.addMetric(name, MetricUnit.Count, value);
  metrics.publishStoredMetrics();
};
