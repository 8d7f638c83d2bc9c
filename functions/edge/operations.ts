import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import type { Tables } from "#shared/aws/call/tables.ts";
import { cloudWatchRegionMetrics } from "#shared/aws/operations/regionMetrics.ts";
import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { dynamoPages } from "#shared/aws/paging/pageStore.ts";
import { dynamoSelfTests } from "#shared/aws/paging/selfTests.ts";
import { dynamoIncidentRecords } from "#shared/aws/status/incidentRecords.ts";
import { sourceMsMax } from "#shared/operations/limits.ts";
import { readOperations } from "#shared/operations/readOperations.ts";
import type { OperationsReply } from "#shared/routes/operationsRoutes.ts";
import { drillHistory } from "#shared/status/drills/drillHistory.ts";
import { logger } from "./logger.ts";
import { operationsView } from "./views/operationsView.ts";

interface Names {
  readonly AWS_REGION: string;
  readonly REGIONS: readonly string[];
  readonly OPERATIONS_TABLE: string;
}

/** Returns a function that reads the state of the deployment in the format of the API. */
export const openOperations = (
  { AWS_REGION: region, REGIONS: regions, OPERATIONS_TABLE: table }: Names,
  globals: Tables,
): (() => Promise<OperationsReply>) => {
  const now = Date.now;
  const onError = (what: string, error: unknown): void => logger.warn(what, { error });
  const deps = {
    region,
    regions,
    alarms: cloudWatchAlarmStates(onError),
    metrics: cloudWatchRegionMetrics(now),
    records: dynamoIncidentRecords(globals, table, now),
    pages: dynamoPages(globals, table),
    selfTests: dynamoSelfTests(globals, table),
    heartbeats: dynamoHeartbeats(globals, table),
    drills: drillHistory(),
    sourceMs: sourceMsMax,
    now,
    onError,
  };
  return async () => operationsView(await readOperations(deps));
};
