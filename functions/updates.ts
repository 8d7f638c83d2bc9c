import { setTimeout as wait } from "node:timers/promises";
import { openQueues, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { dynamoFirmwareHistory } from "#shared/aws/firmware/firmwareHistory.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { s3ImageDownloads } from "#shared/aws/firmware/imageDownloads.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoDeviceRows } from "#shared/aws/presence/deviceRows.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessionRecoveries } from "#shared/aws/presence/sessionRecoveries.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoPaceRows } from "#shared/aws/release/paceRows.ts";
import { dynamoProgressRows } from "#shared/aws/release/progressRows.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { receivedEvent } from "#shared/event/deviceEvent.ts";
import { env } from "#shared/platform/env.ts";
import { readRowsOf } from "#shared/presence/deviceRows.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { createCatchUp } from "#shared/release/catchUp.ts";
import { createKnownVersions } from "#shared/release/knownVersions.ts";
import { createAnswers } from "#shared/release/protocol/answerRequest.ts";
import { downloadPace } from "#shared/release/protocol/downloadPace.ts";
import { handleUpdates, updateMessageDevice } from "#shared/release/protocol/handleUpdates.ts";
import { reportRate, requestRate } from "#shared/release/protocol/limits.ts";
import { createOffers } from "#shared/release/protocol/offers.ts";
import { requestLimiter } from "#shared/release/protocol/requestLimiter.ts";
import { createRecentReleases } from "#shared/release/recentReleases.ts";
import { openLinks } from "./edge/links.ts";
import { count } from "./edge/metrics.ts";
import { batch } from "./edge/queue/batch.ts";

const names = env.updates.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, FIRMWARE_TABLE, SESSIONS_TABLE } = names;
const tables = openTables();
const now = Date.now;
const { links, onError } = openLinks({ ...names, REGIONS: [region] });
const [link] = links;
if (link === undefined) throw new Error("this region has no device link");

const releases = dynamoReleases(tables, FIRMWARE_TABLE);
const versions = dynamoFirmwareVersions(tables, FIRMWARE_TABLE);
const keyDocuments = dynamoKeyDocuments(tables, FIRMWARE_TABLE);
const known = createKnownVersions({ versions, now });
const progress = {
  active: createActiveReleases({ releases, now }),
  facts: dynamoReleaseFacts(tables, FIRMWARE_TABLE),
  enrolments: dynamoEnrolments(tables, FIRMWARE_TABLE),
  progress: dynamoProgressRows(tables, FIRMWARE_TABLE, region),
  pace: dynamoPaceRows(tables, FIRMWARE_TABLE, region),
  released: async (product: number, since?: number) => (await known(product, since)).released,
  region,
  now,
};
const downloads = s3ImageDownloads({
  ...{ region, regions, prefix: names.FIRMWARE_BUCKET_PREFIX },
  endpoint: names.IMAGES_ENDPOINT,
});
const makeOffer = createOffers({
  versions,
  keys: keyDocuments,
  downloads,
  pace: downloadPace(),
  now,
});
const deps = {
  sessions: dynamoSessions(tables, SESSIONS_TABLE, { region, regions }),
  history: dynamoPresenceHistory(tables, SESSIONS_TABLE),
  recoveries: dynamoSessionRecoveries(tables, SESSIONS_TABLE),
  firmwareHistory: dynamoFirmwareHistory(tables, FIRMWARE_TABLE),
  broker: iotBroker(),
  ...{ link, makeOffer, progress, region, now, wait, onError },
  catchUp: createCatchUp({
    ...progress,
    ...{ releases, versions, keyDocuments, known, regions },
    recent: createRecentReleases({ releases, now }),
  }),
  answer: createAnswers({ link, downloads, makeOffer, progress, now }),
  limiters: { reports: requestLimiter(reportRate), requests: requestLimiter(requestRate) },
  onOffer: (result: string) => count(result === "confirmed" ? { UpdatesOffered: 1 } : {}),
  onDropped: () => count({ UpdateMessagesDropped: 1 }),
};
const deviceRows = dynamoDeviceRows(tables, {
  devices: names.DEVICES_TABLE,
  sessions: SESSIONS_TABLE,
  region,
});

/** Takes batches of the queue `Updates`: `handleUpdates` documents their handling. */
export const handler = batch(
  receivedEvent,
  async (received, isRedelivered) => {
    const ids = received.flatMap((message) => updateMessageDevice(message) ?? []);
    const rows = await readRowsOf(ids, deviceRows);
    return handleUpdates(received, { rows, isRedelivered }, deps);
  },
  sqsMalformedMessages(openQueues(), names.UPDATES_DEAD_LETTERS_URL),
);
