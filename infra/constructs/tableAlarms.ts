import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { Component } from "../../shared/alarm/component.ts";
import { alarmMinutes, replicationLatencyMsMax } from "../sizes.ts";
import { type GlobalTables, globalTableIndexes } from "./globalTables.ts";
import type { Pages } from "./pages.ts";

interface TableAlarmsOptions {
  readonly tables: GlobalTables;
  /** The tables of this region only. */
  readonly ownTables: readonly { readonly tableName: string }[];
  /** The other regions, which hold replicas of the global tables. */
  readonly otherRegions: readonly string[];
  readonly pages: Pages;
}

/** The dimensions of the metrics of a table or of an index. */
type Dimensions = Readonly<Record<string, string>>;

const period = Duration.minutes(alarmMinutes);

/**
 * Alarms on the tables of a region: DynamoDB throttles requests, or a replica falls behind. Alarms
 * on metrics of DynamoDB keep their state without data, so missing values are filled with zeros. A
 * metric expression has at most ten metrics.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export class TableAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { tables, ownTables, otherRegions, pages }: TableAlarmsOptions,
  ) {
    super(scope, id);
    const own = ownTables.map(({ tableName }) => ({ TableName: tableName }));
    for (const [name, dimensions] of [
      ["Global", globalDimensions(tables)],
      ["Index", indexDimensions(tables)],
      ["Own", own],
    ] as const) {
      for (const operation of ["Read", "Write"] as const) {
        this.watchThrottles(`${name}${operation}Throttles`, {
          metricName: `${operation}ThrottleEvents`,
          dimensions,
          ...affected[name](operation),
          pages,
        });
      }
    }
    for (const region of otherRegions) this.watchReplication(region, { tables, pages });
  }

  private watchThrottles(
    id: string,
    {
      metricName,
      dimensions,
      what,
      components,
      pages,
    }: {
      metricName: string;
      dimensions: readonly Dimensions[];
      what: string;
      components: readonly Component[];
      pages: Pages;
    },
  ): void {
    pages.when(this, id, {
      metric: combined("SUM", { metricName, statistic: "sum", dimensions }),
      sentence: `DynamoDB throttles ${what}.`,
      severity: "error",
      components,
      runbook: "a-table-is-throttled",
      threshold: 1,
      periods: 3,
      datapoints: 2,
    });
  }

  private watchReplication(
    region: string,
    { tables, pages }: { tables: GlobalTables; pages: Pages },
  ): void {
    pages.when(this, `Replication-${region}`, {
      metric: combined("MAX", {
        metricName: "ReplicationLatency",
        statistic: "avg",
        dimensions: Object.values(tables).map(({ tableName }) => ({
          TableName: tableName,
          ReceivingRegion: region,
        })),
      }),
      severity: "error",
      components: ["integrations", "api", "management"],
      sentence: `Writes of this region reach the tables of ${region} late.`,
      runbook: "a-replica-falls-behind",
      threshold: replicationLatencyMsMax,
      periods: 3,
      datapoints: 2,
    });
  }
}

/** What throttles of the tables affect. */
const affected = {
  Global: (operation: string): { what: string; components: readonly Component[] } => ({
    what: `${operation.toLowerCase()}s of global tables`,
    components: ["events", "integrations", "calls", "api", "management"],
  }),
  Index: (operation: string): { what: string; components: readonly Component[] } => ({
    what: `${operation.toLowerCase()}s of indexes of global tables`,
    components: ["api", "management"],
  }),
  Own: (operation: string): { what: string; components: readonly Component[] } => ({
    what: `${operation.toLowerCase()}s of tables of this region`,
    components: ["events", "integrations", "calls", "streams"],
  }),
};

const globalDimensions = (tables: GlobalTables): Dimensions[] =>
  Object.values(tables).map(({ tableName }) => ({ TableName: tableName }));

/** A metric of a table does not include its indexes. */
const indexDimensions = (tables: GlobalTables): Dimensions[] =>
  (["accounts", "devices"] as const).map((table) => ({
    TableName: tables[table].tableName,
    GlobalSecondaryIndexName: globalTableIndexes[table],
  }));

const combined = (
  operation: "SUM" | "MAX",
  {
    metricName,
    statistic,
    dimensions,
  }: { metricName: string; statistic: string; dimensions: readonly Dimensions[] },
): MathExpression => {
  const metrics = dimensions.map(
    (dimensionsMap) =>
      new Metric({ namespace: "AWS/DynamoDB", metricName, dimensionsMap, statistic, period }),
  );
  const filled = metrics.map((_, i) => `FILL(m${i}, 0)`);
  return new MathExpression({
    expression: `${operation}([${filled.join()}])`,
    usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric])),
    period,
    label: metricName,
  });
};
