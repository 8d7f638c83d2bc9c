import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { s3ImageDownloads } from "#shared/aws/firmware/imageDownloads.ts";
import { imageBucket, imageKey, s3Images } from "#shared/aws/firmware/images.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { brokerResponds, iotBroker } from "#shared/aws/platform/broker.ts";
import { openBuckets, openTables } from "#shared/aws/platform/clients.ts";
import { s3HeartbeatProfiles } from "#shared/aws/presence/heartbeatProfiles.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoVitals } from "#shared/aws/presence/vitals.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoPaceRows } from "#shared/aws/release/paceRows.ts";
import { dynamoProgressRows } from "#shared/aws/release/progressRows.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { publishEvent } from "#shared/event/publishEvent.ts";
import { env } from "#shared/platform/env.ts";
import { slicesMax } from "#shared/platform/limits.ts";
import { controlTopic } from "#shared/platform/topic.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { formerOf } from "#shared/release/controller/assessDevices.ts";
import { createImageCopier } from "#shared/release/controller/copyImage.ts";
import type { ControllerDeps } from "#shared/release/controller/deps.ts";
import { createImageRefusal } from "#shared/release/controller/imageRefusal.ts";
import { releaseFormer } from "#shared/release/controller/releaseFormer.ts";
import { runReleases } from "#shared/release/controller/runReleases.ts";
import { createKnownVersions } from "#shared/release/knownVersions.ts";
import {
  releaseHaltedEvent,
  releasesMarginMs,
  releasesTimeoutSeconds,
} from "#shared/release/limits.ts";
import { downloadPace } from "#shared/release/protocol/downloadPace.ts";
import { createOffers } from "#shared/release/protocol/offers.ts";
import {
  encodeUpdateCommand,
  type UpdateCommand,
} from "#shared/release/protocol/updateCommands.ts";
import { openLinks } from "./edge/links.ts";
import { countSlices, measure } from "./edge/metrics.ts";
import { openReleaseEvidence } from "./edge/releaseEvidence.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.releases.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, FIRMWARE_TABLE: table } = names;
const tables = openTables();
const buckets = openBuckets();
const now = Date.now;
const { links, onError } = openLinks({ ...names, REGIONS: [region] });
const [link] = links;
if (link === undefined) throw new Error("this region has no device link");

const releases = dynamoReleases(tables, table);
const versions = dynamoFirmwareVersions(tables, table);
const known = createKnownVersions({ versions, now });
const certificates = dynamoCertificates(tables, names.DEVICES_TABLE, region);
const prefix = names.FIRMWARE_BUCKET_PREFIX;
const broker = iotBroker();
const keyDocuments = dynamoKeyDocuments(tables, table);
const makeOffer = createOffers({
  versions,
  keys: keyDocuments,
  downloads: s3ImageDownloads({ region, regions, prefix, endpoint: names.IMAGES_ENDPOINT }),
  pace: downloadPace(),
  now,
});
const evidence = openReleaseEvidence({
  profiles: s3HeartbeatProfiles(buckets, names.RECORDS_BUCKET),
  traffic: dynamoTraffic(tables, { table: names.LEDGER_TABLE, region }, now),
  vitals: dynamoVitals(tables, table, now),
  now,
});

/** The releases that have halted by themselves in this run. */
let halts = 0;

const send = (device: string, command: UpdateCommand) =>
  link.send(device, controlTopic(device), encodeUpdateCommand(command));

const deps: ControllerDeps = {
  releases,
  active: createActiveReleases({ releases, now }),
  facts: dynamoReleaseFacts(tables, table),
  enrolments: dynamoEnrolments(tables, table),
  progress: dynamoProgressRows(tables, table, region),
  pace: dynamoPaceRows(tables, table, region),
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, names.SESSIONS_TABLE, { region, regions }),
  async quarantined(devices) {
    const found = await certificates.list(devices);
    return new Set(
      found.flatMap(({ device, quarantinedAt }) => (quarantinedAt === undefined ? [] : device)),
    );
  },
  released: async (product, since) => (await known(product, since)).released,
  evidence,
  async former(device, { returnMs }) {
    const profile = (await evidence.profiles([device])).get(device);
    return formerOf(profile, profile?.wake ?? 0, { returnMs, at: now() });
  },
  link: {
    async sendOffer(device, release) {
      let offer: UpdateCommand;
      try {
        offer = await makeOffer(release);
      } catch (error) {
        onError("making an offer failed", error);
        return "unreachable";
      }
      return send(device, offer);
    },
    sendRollback: (device, { id }) => send(device, { command: "rollback", release: id }),
    sendCancel: (device, { id }) => send(device, { command: "cancel_update", release: id }),
  },
  notices: {
    page({ id, version, product }) {
      halts += 1;
      // A fault of the cloud can halt all releases, and each value of a dimension costs.
      const isNamed = halts <= slicesMax;
      const name = isNamed ? `${id}, version ${version} of product ${product}` : "further releases";
      countSlices("ReleasesHalted", "release", new Map([[name, 1]]));
    },
    async halted({ id, version, fleet }, why) {
      try {
        const data = JSON.stringify({ release: id, version, ...why });
        await publishEvent(fleet, { name: releaseHaltedEvent, data }, { broker, now });
      } catch (error) {
        onError("publishing the halt of a release failed", error);
      }
    },
  },
  releaseFormer: (release, devices) =>
    releaseFormer(release, devices, { versions, releases, region, now }),
  imageRefusal: createImageRefusal({ versions, keyDocuments, now }),
  copyImage: createImageCopier({
    images: s3Images({ region, regions, prefix }, onError),
    hasHere: (sha256) =>
      buckets.has({ bucket: imageBucket({ prefix }, region), key: imageKey(sha256) }),
  }),
  regions,
  responds: brokerResponds,
  region,
  now,
  onError,
};

const work = async (): Promise<void> => {
  const deadline = now() + releasesTimeoutSeconds * 1_000 - releasesMarginMs;
  halts = 0;
  const { releases: worked, missing } = await runReleases(deadline, deps);
  // A metric costs, and most minutes have no release.
  if (worked > 0) measure({ service: "releases" }, { ReleaseDevicesMissing: ["Count", missing] });
};

/** Two concurrent runs would offer a release to more devices than its window allows. */
export const handler = singleRun(
  { name: "releases", timeoutSeconds: releasesTimeoutSeconds, withoutLease: "fail" },
  names,
  work,
);
