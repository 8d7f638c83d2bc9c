import { iotBroker } from "#shared/aws/broker.ts";
import { openBuckets } from "#shared/aws/buckets.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoEpochs } from "#shared/aws/epochs.ts";
import { dynamoHealings } from "#shared/aws/healings.ts";
import { s3HeardDevices } from "#shared/aws/heardDevices.ts";
import { s3Rhythms } from "#shared/aws/rhythms.ts";
import { dynamoSessions } from "#shared/aws/sessions.ts";
import { dynamoSweeps } from "#shared/aws/sweeps.ts";
import { openTables } from "#shared/aws/tables.ts";
import { sweepPresence } from "#shared/device/sweepPresence.ts";
import { watchDevices } from "#shared/device/watchDevices.ts";
import { env } from "#shared/env.ts";
import { sweepMs, watchMarginMs, watchTimeoutSeconds } from "#shared/limits.ts";
import { openLinks } from "./edge/links.ts";
import { count } from "./edge/metrics.ts";

const names = env.watch.parse(process.env);
const { AWS_REGION: region, SESSIONS_TABLE, RECORDS_BUCKET } = names;
const tables = openTables();
const buckets = openBuckets();
const now = Date.now;
const { links, onSetback } = openLinks({ ...names, REGIONS: [region] });
const known = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, SESSIONS_TABLE, { region, regions: names.REGIONS }),
  epochs: dynamoEpochs(tables, SESSIONS_TABLE, region),
  sweeps: dynamoSweeps(tables, SESSIONS_TABLE, region),
  healings: dynamoHealings(tables, SESSIONS_TABLE, now),
  heardDevices: s3HeardDevices(buckets, RECORDS_BUCKET),
  rhythms: s3Rhythms(buckets, RECORDS_BUCKET),
  broker: iotBroker(),
  now,
  onSetback,
};

/** Two things that do not need each other: when one fails, the other is done all the same. */
export const handler = async (): Promise<void> => {
  const [link] = links;
  if (link === undefined) throw new Error("there is no way to devices");
  const needs = { ...known, link };
  const begun = now();
  const deadline = begun + watchTimeoutSeconds * 1_000 - watchMarginMs;
  // Its time is bounded; learning rhythms takes as long as there are devices.
  const swept = await Promise.allSettled([sweepPresence(begun + sweepMs, needs)]);
  const watched = await Promise.allSettled([watchDevices(deadline, needs)]);
  for (const result of [...swept, ...watched]) {
    if (result.status === "rejected") throw result.reason;
    if ("looked" in result.value) count({ DevicesLookedUp: result.value.looked });
    else count({ DevicesSwept: result.value.asked });
  }
};
