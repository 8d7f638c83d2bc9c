import { setTimeout as wait } from "node:timers/promises";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { openBuckets, openTables } from "#shared/aws/platform/clients.ts";
import { s3DeviceActivity } from "#shared/aws/presence/deviceActivity.ts";
import { dynamoEpochs } from "#shared/aws/presence/epochs.ts";
import { s3HeartbeatProfiles } from "#shared/aws/presence/heartbeatProfiles.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessionRecoveries } from "#shared/aws/presence/sessionRecoveries.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoSweeps } from "#shared/aws/presence/sweeps.ts";
import { env } from "#shared/platform/env.ts";
import { sweepMs, watchMarginMs, watchTimeoutSeconds } from "#shared/presence/recovery/limits.ts";
import { monitorDevices } from "#shared/presence/recovery/monitorDevices.ts";
import { probeBroker } from "#shared/presence/recovery/probeBroker.ts";
import { sweepPresence } from "#shared/presence/recovery/sweepPresence.ts";
import { openLinks } from "./edge/links.ts";
import { count, countSlices } from "./edge/metrics.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.watch.parse(process.env);
const { AWS_REGION: region, SESSIONS_TABLE, RECORDS_BUCKET } = names;
const tables = openTables();
const buckets = openBuckets();
const now = Date.now;
const { links, onError } = openLinks({ ...names, REGIONS: [region] });
const known = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, SESSIONS_TABLE, { region, regions: names.REGIONS }),
  epochs: dynamoEpochs(tables, SESSIONS_TABLE, region),
  sweeps: dynamoSweeps(tables, SESSIONS_TABLE, region),
  recoveries: dynamoSessionRecoveries(tables, SESSIONS_TABLE, now),
  history: dynamoPresenceHistory(tables, SESSIONS_TABLE),
  activityStore: s3DeviceActivity(buckets, RECORDS_BUCKET),
  profiles: s3HeartbeatProfiles(buckets, RECORDS_BUCKET),
  broker: iotBroker(),
  now,
  onError,
};

/** Sweeps sessions, then checks silent devices. If one fails, the other still runs. */
const work = async (): Promise<void> => {
  const [link] = links;
  if (link === undefined) throw new Error("this region has no device link");
  const deps = { ...known, link };
  const begun = now();
  // The sweep asks for known devices only: a region without any would not notice.
  if (!(await probeBroker({ link, wait, onError }))) count({ BrokerUnreachable: 1 });
  const deadline = begun + watchTimeoutSeconds * 1_000 - watchMarginMs;
  // The sweep is first: its time is bounded, that of the heartbeat profiles depends on the number
  // of devices.
  const swept = await Promise.allSettled([sweepPresence(begun + sweepMs, deps)]);
  const watched = await Promise.allSettled([monitorDevices(deadline, deps)]);
  for (const result of [...swept, ...watched]) {
    if (result.status === "rejected") throw result.reason;
    if ("checked" in result.value) {
      count({ SilentDevicesChecked: result.value.checked });
      countSlices("DevicesSilent", "fleet", result.value.silent);
    } else count({ DevicesSwept: result.value.asked });
  }
};

/** Two concurrent runs would overwrite each other's heartbeat profiles. */
export const handler = singleRun(
  { name: "watch", timeoutSeconds: watchTimeoutSeconds, withoutLease: "fail" },
  names,
  work,
);
