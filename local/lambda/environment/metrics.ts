import * as z from "zod";
import type { MetricSink } from "../../cloudwatch/metricSink.ts";
import { metricSeriesMax } from "../limits.ts";

/** Statistics of one metric with one set of dimensions. */
export interface MetricSeries {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  samples: number;
  sum: number;
  min: number;
  max: number;
}

/**
 * Metrics that functions wrote to their output, aggregated as in CloudWatch but without timestamps.
 */
export interface Metrics {
  /** Reads a line of output. Returns true when it is in the embedded metric format. */
  read(line: string): boolean;
  /** All series, in the order of their first values. */
  series(): readonly MetricSeries[];
  /** Number of values dropped because the maximum number of series was reached. */
  readonly dropped: number;
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
const embedded = z.looseObject({
  _aws: z.object({
    Timestamp: z.number().optional(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

const values = z.union([z.number().transform((one) => [one]), z.array(z.number())]);

type Embedded = z.output<typeof embedded>;
type Directive = Embedded["_aws"]["CloudWatchMetrics"][number];
type Value = Pick<MetricSeries, "namespace" | "name" | "dimensions"> & { readonly value: number };

/** Creates an empty metric store. `sink` receives all values, too. */
export const metricStore = (sink?: MetricSink): Metrics => {
  const seriesByKey = new Map<string, MetricSeries>();
  let dropped = 0;

  const add = ({ namespace, name, dimensions, value }: Value): void => {
    const key = JSON.stringify([namespace, name, dimensions]);
    const known = seriesByKey.get(key);
    if (known !== undefined) {
      known.samples += 1;
      known.sum += value;
      known.min = Math.min(known.min, value);
      known.max = Math.max(known.max, value);
    } else if (seriesByKey.size < metricSeriesMax) {
      const first = { samples: 1, sum: value, min: value, max: value };
      seriesByKey.set(key, { namespace, name, dimensions, ...first });
    } else {
      dropped += 1;
    }
  };

  return {
    read(line) {
      const document = parse(line);
      if (document === undefined) return false;
      const { Timestamp: time, CloudWatchMetrics } = document._aws;
      for (const directive of CloudWatchMetrics) {
        for (const value of valuesOf(directive, document)) {
          add(value);
          sink?.put({ ...value, ...(time !== undefined && { time }) });
        }
      }
      return true;
    },
    series: () => [...seriesByKey.values()],
    get dropped() {
      return dropped;
    },
  };
};

const parse = (line: string): Embedded | undefined => {
  if (!line.startsWith("{") || !line.includes('"_aws"')) return undefined;
  try {
    return embedded.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: ordinary output.
    return undefined;
  }
};

const valuesOf = (
  { Namespace: namespace, Dimensions, Metrics }: Directive,
  document: Embedded,
): Value[] =>
  Dimensions.flatMap((names) => {
    const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
    return Metrics.flatMap(({ Name: name }) =>
      (values.safeParse(document[name]).data ?? []).map((value) => ({
        namespace,
        name,
        dimensions,
        value,
      })),
    );
  });
