import { setTimeout as wait } from "node:timers/promises";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCodes } from "#shared/aws/device/claimCodes.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { iotRegistries } from "#shared/aws/device/registry.ts";
import { openQueues, sqsEvents, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoDeviceRows } from "#shared/aws/presence/deviceRows.ts";
import { dynamoEpochs } from "#shared/aws/presence/epochs.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessionRecoveries } from "#shared/aws/presence/sessionRecoveries.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoVitals } from "#shared/aws/presence/vitals.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { type ReceivedEvent, receivedEvent } from "#shared/event/deviceEvent.ts";
import { asError } from "#shared/platform/asError.ts";
import { env } from "#shared/platform/env.ts";
import {
  type DeviceRows,
  presenceMessageDevice,
  readDeviceRows,
} from "#shared/presence/deviceRows.ts";
import { announceEndpoints } from "#shared/presence/messages/announceEndpoints.ts";
import { forwardHello } from "#shared/presence/messages/forwardHello.ts";
import { handleIdentityMessage } from "#shared/presence/messages/handleIdentityMessage.ts";
import { handlePresenceMessages } from "#shared/presence/messages/handlePresenceMessages.ts";
import { storeVitals } from "#shared/presence/vitals/storeVitals.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { createKnownVersions } from "#shared/release/knownVersions.ts";
import { lateTarget } from "#shared/release/lateTarget.ts";
import { openLinks } from "./edge/links.ts";
import { logger } from "./edge/logger.ts";
import { batch } from "./edge/queue/batch.ts";

const names = env.presence.parse(process.env);
const tables = openTables();
const { links, onError } = openLinks({ ...names, REGIONS: [names.AWS_REGION] });
const deps = {
  devices: dynamoDevices(tables, names.DEVICES_TABLE),
  sessions: dynamoSessions(tables, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: names.REGIONS,
  }),
  epochs: dynamoEpochs(tables, names.SESSIONS_TABLE, names.AWS_REGION),
  recoveries: dynamoSessionRecoveries(tables, names.SESSIONS_TABLE),
  history: dynamoPresenceHistory(tables, names.SESSIONS_TABLE),
  broker: iotBroker(),
  certificates: dynamoCertificates(tables, names.DEVICES_TABLE, names.AWS_REGION),
  claimCodes: dynamoClaimCodes(tables, names.DEVICES_TABLE),
  now: Date.now,
  onError,
};

const [link] = links;
if (link === undefined) throw new Error("this region has no device link");
const announce = announceEndpoints({
  provisioning: dynamoProvisioning(tables, names.DEVICES_TABLE, names.AWS_REGION),
  link,
  regions: names.REGIONS,
  now: Date.now,
  onError,
});

const deviceRows = dynamoDeviceRows(tables, {
  devices: names.DEVICES_TABLE,
  sessions: names.SESSIONS_TABLE,
  region: names.AWS_REGION,
});

const queues = openQueues();
const activeReleases = createActiveReleases({
  releases: dynamoReleases(tables, names.FIRMWARE_TABLE),
  now: Date.now,
});
const knownVersions = createKnownVersions({
  versions: dynamoFirmwareVersions(tables, names.FIRMWARE_TABLE),
  now: Date.now,
});
const forward = forwardHello({
  updates: sqsEvents(queues, names.UPDATES_QUEUE_URL),
  hasReleases: async (device, hello) =>
    (await activeReleases(device.product)).length > 0 ||
    lateTarget(device, hello, await knownVersions(device.product)) !== undefined,
  onError,
});

const here = { region: names.AWS_REGION, regions: names.REGIONS };
const certificateDays = names.CERTIFICATE_DAYS;
const registries = iotRegistries(here, names.DEVICE_POLICY);
const renewing = { ...deps, registries, certificateDays, link, links: [link] };

const storing = {
  vitals: dynamoVitals(tables, names.FIRMWARE_TABLE),
  now: Date.now,
  onRefused: ({ device, reason }: { device: string; reason: string }) =>
    logger.warn("vitals of a device were not stored", { device, reason }),
};

const handleIdentity = async (
  message: ReceivedEvent,
  known: DeviceRows | Error | undefined,
): Promise<Error | undefined> => {
  try {
    if (known instanceof Error) return known;
    await handleIdentityMessage(message, renewing, known);
    await announce(message);
    await storeVitals(message, storing);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

export const handler = batch(
  receivedEvent,
  async (received) => {
    const rows = await readDeviceRows(received, deviceRows);
    const presenceDeps = { ...deps, link, forwardHello: forward, wait };
    const outcomes = await handlePresenceMessages(received, rows, presenceDeps);
    return Promise.all(
      received.map((message, i) => {
        const known = rows.get(presenceMessageDevice(message) ?? "");
        return outcomes[i] ?? handleIdentity(message, known);
      }),
    );
  },
  sqsMalformedMessages(queues, names.PRESENCE_DEAD_LETTERS_URL),
);
