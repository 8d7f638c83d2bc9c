import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import { openBuckets } from "#shared/aws/platform/clients.ts";
import { openGlobalTables } from "#shared/aws/platform/globalTables.ts";
import { dynamoIncidentRecords } from "#shared/aws/status/incidentRecords.ts";
import { s3StatusSite } from "#shared/aws/status/statusSite.ts";
import { env } from "#shared/platform/env.ts";
import { drillHistory } from "#shared/status/drills/drillHistory.ts";
import { statusTimeoutSeconds } from "#shared/status/limits.ts";
import { renewStatusPage } from "#shared/status/renewStatusPage.ts";
import { logger } from "./edge/logger.ts";
import { count } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.status.parse(process.env);
const onError = (what: string, error: unknown): void => {
  logger.warn(what, { error });
};
const now = Date.now;
const tables = openGlobalTables({ region: names.AWS_REGION, regions: names.REGIONS }, onError);
const deps = {
  settings: {
    title: names.STATUS_TITLE,
    // Without a public address, links are relative to the place where the files are served.
    url: names.STATUS_URL ?? "",
    supportUrl: names.STATUS_SUPPORT_URL,
    subscribeUrl: names.STATUS_SUBSCRIBE_URL,
    otherUrls: names.STATUS_OTHER_URLS,
    regions: names.REGIONS,
  },
  alarms: cloudWatchAlarmStates(onError),
  records: dynamoIncidentRecords(tables, names.OPERATIONS_TABLE, now),
  site: s3StatusSite(openBuckets(), names.STATUS_BUCKET),
  drills: drillHistory(),
  now,
  onError,
};

const work = async (): Promise<void> => {
  const { shown } = await renewStatusPage(deps);
  count({ StatusIncidentsShown: shown.length });
  for (const incident of shown) logger.info("incident shown", incident);
};

/**
 * Two concurrent runs could write an older page over a newer one until the next minute. An outage
 * of the table of leases must not stop the page.
 */
export const handler = singleRun(
  { name: "status", timeoutSeconds: statusTimeoutSeconds, withoutLease: "run" },
  names,
  work,
);
