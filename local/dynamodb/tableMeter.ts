import { Distribution } from "../cloudwatch/distribution.ts";
import type { MetricDatum } from "../cloudwatch/metricSink.ts";
import type { AwsHandler, AwsRequest, AwsResponse } from "../http/awsRequest.ts";
import { meteredTablesMax } from "./limits.ts";
import { capacityOf } from "./meterRequest.ts";

/** A value without its time. */
export type TableDatum = Omit<MetricDatum, "time">;

/** Counts the requests of a region's tables since the last reading. */
export interface TableMeter {
  /** A handler that counts its requests. */
  meter(handle: AwsHandler): AwsHandler;
  /** Counts the time that a row took to a replica, in ms. */
  replicated(table: string, region: string, ms: number): void;
  /** The values since the last call. */
  take(): TableDatum[];
}

type Dimensions = Readonly<Record<string, string>>;

interface Series {
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly unit: string;
  sum: number;
  readonly samples: Distribution | undefined;
}

const target = /\.(\w+)$/;

/**
 * The metrics of DynamoDB. A metric is absent while there is nothing to count.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export const createTableMeter = (): TableMeter => {
  const all = new Map<string, Series>();
  const seriesOf = (
    name: string,
    dimensions: Dimensions,
    { unit = "Count", hasSamples = false }: { unit?: string; hasSamples?: boolean } = {},
  ): Series | undefined => {
    const key = `${name} ${Object.values(dimensions).join(" ")}`;
    const known = all.get(key);
    // A request may name any table.
    if (known !== undefined || all.size >= meteredTablesMax) return known;
    const samples = hasSamples ? new Distribution() : undefined;
    const series = { name, dimensions, unit, sum: 0, samples };
    all.set(key, series);
    return series;
  };
  const add = (name: string, dimensions: Dimensions, value = 1): void => {
    const series = seriesOf(name, dimensions);
    if (series !== undefined) series.sum += value;
  };
  const addSample = (name: string, dimensions: Dimensions, ms: number): void =>
    seriesOf(name, dimensions, { unit: "Milliseconds", hasSamples: true })?.samples?.add(ms);

  const count = (request: AwsRequest, response: AwsResponse, ms: number): void => {
    const [, Operation = ""] = target.exec(request.headers["x-amz-target"] ?? "") ?? [];
    const capacity = capacityOf({
      operation: Operation,
      requestBytes: request.body.length,
      answerBytes: Buffer.byteLength(response.body),
    });
    const tables = tablesIn(request.body, response.status);
    if (response.status < 300) {
      for (const TableName of tables) {
        addSample("SuccessfulRequestLatency", { TableName, Operation }, ms);
        if (capacity === undefined) continue;
        add(`Consumed${capacity.kind}CapacityUnits`, { TableName }, capacity.units / tables.length);
      }
      return;
    }
    const code = String(response.headers["x-amzn-errortype"] ?? response.body);
    const isThrottle = /Throttl|ThroughputExceeded|RequestLimitExceeded/.test(code);
    const isConditional = /ConditionalCheckFailed|TransactionCanceled/.test(code);
    if (response.status < 500 && !isThrottle && !isConditional) add("UserErrors", {});
    for (const TableName of tables) {
      if (response.status >= 500) add("SystemErrors", { TableName, Operation });
      else if (isThrottle) {
        add("ThrottledRequests", { TableName, Operation });
        if (capacity !== undefined) add(`${capacity.kind}ThrottleEvents`, { TableName });
      } else if (isConditional) add("ConditionalCheckFailedRequests", { TableName });
    }
  };
  return {
    meter: (handle) => async (request, signal) => {
      const startedAt = performance.now();
      const response = await handle(request, signal);
      count(request, response, performance.now() - startedAt);
      return response;
    },
    replicated: (TableName, ReceivingRegion, ms) =>
      addSample("ReplicationLatency", { TableName, ReceivingRegion }, Math.max(0, ms)),
    take() {
      const data: TableDatum[] = [];
      for (const { name, dimensions, unit, sum, samples } of all.values()) {
        const datum = { namespace: "AWS/DynamoDB", name, dimensions, unit };
        if (sum > 0) data.push({ ...datum, value: sum });
        samples?.drain((value, samplesCount) => {
          data.push({ ...datum, value, count: samplesCount });
        });
      }
      for (const series of all.values()) series.sum = 0;
      return data;
    },
  };
};

const member = '"TableName":"';

/**
 * The tables that a request names. Without parsing JSON: the names of members are not escaped, so
 * that a text with the same characters does not match. The tables of a batch are read only when it
 * has failed.
 */
const tablesIn = (body: Buffer, status: number): string[] => {
  const from = body.indexOf(member);
  if (from < 0) return status < 300 ? [] : batchTables(body);
  const start = from + member.length;
  const first = body.toString("latin1", start, body.indexOf('"', start));
  if (status < 300) return [first];
  const names = body.toString("latin1").matchAll(/"TableName":"([\w.-]+)"/g);
  return [...new Set([...names].map(([, name = ""]) => name))];
};

const batchTables = (body: Buffer): string[] => {
  try {
    const input: unknown = JSON.parse(body.toString());
    const items: unknown = Object.entries(input ?? {}).find(([key]) => key === "RequestItems")?.[1];
    return Object.keys(items ?? {});
  } catch {
    return [];
  }
};
