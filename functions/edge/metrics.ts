/**
 * Writes counters as one line in CloudWatch's embedded metric format (EMF). Zeros are omitted.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const count = (counts: Readonly<Record<string, number>>): void => {
  const some = Object.entries(counts).filter(([, value]) => value > 0);
  if (some.length === 0) return;
  const { POWERTOOLS_METRICS_NAMESPACE: Namespace, POWERTOOLS_SERVICE_NAME: service } = process.env;
  const Metrics = some.map(([Name]) => ({ Name, Unit: "Count" }));
  const directive = { Namespace, Dimensions: [["service"]], Metrics };
  const line = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    service,
    ...Object.fromEntries(some),
  };
  // Lambda adds its own fields to what `console` writes.
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
