import { expect, it } from "vitest";
import { metricStore } from "../../../../local/lambda/environment/metrics.ts";
import { metricSeriesMax } from "../../../../local/lambda/limits.ts";

const line = (values: Record<string, unknown>, dimensions: string[][] = [["service"]]): string =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        { Namespace: "N", Dimensions: dimensions, Metrics: [{ Name: "Age", Unit: "Seconds" }] },
      ],
    },
    ...values,
  });

it("aggregates single and multiple values of a metric", () => {
  const metrics = metricStore();
  expect(metrics.read(line({ service: "s", Age: 5 }))).toBe(true);
  expect(metrics.read(line({ service: "s", Age: [1, 9] }))).toBe(true);
  expect(metrics.series()).toEqual([
    {
      namespace: "N",
      name: "Age",
      dimensions: { service: "s" },
      samples: 3,
      sum: 15,
      min: 1,
      max: 9,
    },
  ]);
});

it("keeps a series for each set of dimensions", () => {
  const metrics = metricStore();
  metrics.read(line({ service: "s", region: "r", Age: 1 }, [["service"], ["service", "region"]]));
  metrics.read(line({ service: "t", Age: 1 }));
  expect(metrics.series().map(({ dimensions }) => dimensions)).toEqual([
    { service: "s" },
    { service: "s", region: "r" },
    { service: "t" },
  ]);
});

it.each(["", "text", "{", '{"level":"INFO"}', '{"_aws":1}', '"_aws"'])(
  "ignores an ordinary line: %s",
  (text) => {
    const metrics = metricStore();
    expect(metrics.read(text)).toBe(false);
    expect(metrics.series()).toEqual([]);
  },
);

it("limits the number of series and counts dropped values", () => {
  const metrics = metricStore();
  for (let i = 0; i < metricSeriesMax + 3; i += 1) metrics.read(line({ service: i, Age: 1 }));
  metrics.read(line({ service: 0, Age: 1 }));
  expect(metrics.series()).toHaveLength(metricSeriesMax);
  expect(metrics.dropped).toBe(3);
  expect(metrics.series()[0]).toMatchObject({ samples: 2 });
});
