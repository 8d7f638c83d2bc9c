import { accountsContract } from "../contracts/account/accounts.ts";
import { apiUsersContract } from "../contracts/account/apiUsers.ts";
import { callLoadsContract } from "../contracts/account/callLoads.ts";
import { concurrencySlotsContract } from "../contracts/account/concurrencySlots.ts";
import { oauthClientsContract } from "../contracts/account/oauthClients.ts";
import { oneTimeTokensContract } from "../contracts/account/oneTimeTokens.ts";
import { productNamesContract, productStoreContract } from "../contracts/account/productStore.ts";
import { rateLimiterContract } from "../contracts/account/rateLimiter.ts";
import { secondFactorsContract } from "../contracts/account/secondFactors.ts";
import { teamHintsContract, teamsContract } from "../contracts/account/teams.ts";
import { auditLogContract } from "../contracts/audit/auditLog.ts";
import { canaryIdentitiesContract } from "../contracts/canary/identities.ts";
import { attemptQuotaContract } from "../contracts/delivery/attemptQuota.ts";
import { deadLettersContract } from "../contracts/delivery/deadLetters.ts";
import { integrationsContract } from "../contracts/delivery/integrations.ts";
import { jobsContract } from "../contracts/delivery/jobs.ts";
import {
  attemptsContract,
  ledgerEntriesContract,
  ledgerRowsContract,
} from "../contracts/delivery/ledger.ts";
import { targetHealthContract } from "../contracts/delivery/targetHealth.ts";
import { trafficContract } from "../contracts/delivery/traffic.ts";
import { openUsageContract, usageRowsContract } from "../contracts/delivery/usage.ts";
import {
  limitUsageContract,
  routedLimitsContract,
  usageLimitsContract,
  usageNoticesContract,
} from "../contracts/delivery/usageLimits.ts";
import { waitingDeliveriesContract } from "../contracts/delivery/waitingDeliveries.ts";
import { certificatesContract } from "../contracts/device/certificates.ts";
import { claimCertificatesContract } from "../contracts/device/claimCertificates.ts";
import { claimCodesContract } from "../contracts/device/claimCodes.ts";
import { deviceLinkContract } from "../contracts/device/deviceLink.ts";
import { deviceNamesContract } from "../contracts/device/deviceNames.ts";
import { devicesContract } from "../contracts/device/devices.ts";
import { groupsContract } from "../contracts/device/groups.ts";
import { provisioningContract } from "../contracts/device/provisioning.ts";
import { provisionKeysContract } from "../contracts/device/provisionKeys.ts";
import { archiveContract } from "../contracts/event/archive.ts";
import { archiveSettingsContract } from "../contracts/event/archiveSettings.ts";
import { failedEventsContract } from "../contracts/event/failedEvents.ts";
import { listenersContract } from "../contracts/event/listeners.ts";
import { deliveriesContract, eventsContract, recordsContract } from "../contracts/event/queues.ts";
import { recentEventsContract } from "../contracts/event/recentEvents.ts";
import { seenEventsContract } from "../contracts/event/seenEvents.ts";
import { streamSlotsContract } from "../contracts/event/streamSlots.ts";
import { firmwareHistoryContract } from "../contracts/firmware/firmwareHistory.ts";
import { firmwareVersionsContract } from "../contracts/firmware/firmwareVersions.ts";
import { imageReferencesContract } from "../contracts/firmware/imageReferences.ts";
import { imagesContract } from "../contracts/firmware/images.ts";
import { keyDocumentsContract } from "../contracts/firmware/keyDocuments.ts";
import { brokerContract } from "../contracts/platform/broker.ts";
import { runLeasesContract } from "../contracts/platform/runLeases.ts";
import { secretsContract } from "../contracts/platform/secrets.ts";
import { deviceActivityContract } from "../contracts/presence/deviceActivity.ts";
import { deviceOrdersContract } from "../contracts/presence/deviceOrders.ts";
import { deviceRowsContract } from "../contracts/presence/deviceRows.ts";
import { epochsContract } from "../contracts/presence/epochs.ts";
import { heartbeatProfilesContract } from "../contracts/presence/heartbeatProfiles.ts";
import { presenceHistoryContract } from "../contracts/presence/presenceHistory.ts";
import { sessionRecoveriesContract } from "../contracts/presence/sessionRecoveries.ts";
import { sessionsContract } from "../contracts/presence/sessions.ts";
import { sweepsContract } from "../contracts/presence/sweeps.ts";
import { vitalsContract } from "../contracts/presence/vitals.ts";
import { releasesContract } from "../contracts/release/releases.ts";
import {
  enrolmentsContract,
  paceRowsContract,
  progressRowsContract,
  releaseFactsContract,
} from "../contracts/release/rows.ts";
import { incidentRecordsContract } from "../contracts/status/incidentRecords.ts";
import { memoryAccounts } from "./account/accounts.ts";
import { memoryApiUsers } from "./account/apiUsers.ts";
import { memoryCallLoads } from "./account/callLoads.ts";
import { memoryConcurrencySlots } from "./account/concurrencySlots.ts";
import { memoryOAuthClients } from "./account/oauthClients.ts";
import { memoryOneTimeTokens } from "./account/oneTimeTokens.ts";
import { memoryProductNames, memoryProductStore } from "./account/productStore.ts";
import { memoryRateLimiter } from "./account/rateLimiter.ts";
import { memorySecondFactors } from "./account/secondFactors.ts";
import { memoryTeamHints, memoryTeams } from "./account/teams.ts";
import { memoryAuditLog } from "./audit/auditLog.ts";
import { memoryCanaryIdentities } from "./canary/identities.ts";
import { memoryAttemptQuota } from "./delivery/attemptQuota.ts";
import { memoryAttempts } from "./delivery/attempts.ts";
import { memoryDeadLetters } from "./delivery/deadLetters.ts";
import { memoryDeliveries } from "./delivery/deliveries.ts";
import { memoryIntegrations } from "./delivery/integrations.ts";
import { memoryJobs } from "./delivery/jobs.ts";
import { memoryLedgerEntries } from "./delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "./delivery/ledgerRows.ts";
import { memoryRecords } from "./delivery/records.ts";
import { memoryTargetHealth } from "./delivery/targetHealth.ts";
import { memoryTraffic } from "./delivery/traffic.ts";
import { memoryOpenUsage, memoryUsageRows, memoryUsageTable } from "./delivery/usage.ts";
import {
  memoryLimitTable,
  memoryLimitUsage,
  memoryUsageLimits,
  memoryUsageNotices,
} from "./delivery/usageLimits.ts";
import { memoryWaitingDeliveries } from "./delivery/waitingDeliveries.ts";
import { memoryCertificates } from "./device/certificates.ts";
import { memoryClaimCertificates } from "./device/claimCertificates.ts";
import { memoryClaimCodes } from "./device/claimCodes.ts";
import { memoryLink } from "./device/deviceLink.ts";
import { memoryDeviceNames } from "./device/deviceNames.ts";
import { memoryDevices } from "./device/devices.ts";
import { memoryGroups } from "./device/groups.ts";
import { memoryProvisioning } from "./device/provisioning.ts";
import { memoryProvisionKeys } from "./device/provisionKeys.ts";
import { memoryArchive, memoryArchiveSettings } from "./event/archive.ts";
import { memoryEventQueue } from "./event/eventQueue.ts";
import { memoryFailedEvents } from "./event/failedEvents.ts";
import { memoryListeners } from "./event/listeners.ts";
import { memoryRecentEvents } from "./event/recentEvents.ts";
import { memorySeenEvents } from "./event/seenEvents.ts";
import { memoryStreamSlots } from "./event/streamSlots.ts";
import { memoryFirmwareHistory } from "./firmware/firmwareHistory.ts";
import { memoryFirmwareVersions } from "./firmware/firmwareVersions.ts";
import { memoryImageReferences, memoryImages } from "./firmware/images.ts";
import { memoryKeyDocuments } from "./firmware/keyDocuments.ts";
import { memoryBroker } from "./platform/broker.ts";
import { memoryRunLeases } from "./platform/runLeases.ts";
import { memorySecrets } from "./platform/secrets.ts";
import { memoryDeviceActivity } from "./presence/deviceActivity.ts";
import { memoryDeviceOrders } from "./presence/deviceOrders.ts";
import { memoryDeviceRows } from "./presence/deviceRows.ts";
import { memoryEpochs } from "./presence/epochs.ts";
import { memoryHeartbeatProfiles } from "./presence/heartbeatProfiles.ts";
import { memoryPresenceHistory } from "./presence/presenceHistory.ts";
import { memorySessionRecoveries } from "./presence/sessionRecoveries.ts";
import { memorySessions } from "./presence/sessions.ts";
import { memorySweeps } from "./presence/sweeps.ts";
import { memoryVitals } from "./presence/vitals.ts";
import { memoryReleases } from "./release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "./release/rows.ts";
import { memoryIncidentRecords } from "./status/incidentRecords.ts";

accountsContract(async () => memoryAccounts());
oauthClientsContract(async () => memoryOAuthClients());
apiUsersContract(async () => memoryApiUsers());
teamsContract(async () => memoryTeams());
teamHintsContract(async () => memoryTeamHints());
productNamesContract(async () => memoryProductNames());
productStoreContract(async () => {
  const products = new Map();
  return { accounts: memoryAccounts(products), rows: memoryProductStore(products) };
});
rateLimiterContract(async () => memoryRateLimiter());
attemptQuotaContract(async () => memoryAttemptQuota());
secondFactorsContract(async () => memorySecondFactors());
oneTimeTokensContract(async () => memoryOneTimeTokens());
auditLogContract(async () => memoryAuditLog());
firmwareVersionsContract(async () => memoryFirmwareVersions());
keyDocumentsContract(async () => memoryKeyDocuments());
imageReferencesContract(async () => memoryImageReferences());
imagesContract(async () => memoryImages().images);
devicesContract(async () => memoryDevices());
claimCertificatesContract(async () => memoryClaimCertificates());
claimCodesContract(async () => memoryClaimCodes());
certificatesContract(async () => {
  const us = memoryCertificates("us-east-1");
  return { us, eu: memoryCertificates("eu-west-1", us.rows) };
});
deviceNamesContract(async () => memoryDeviceNames());
provisionKeysContract(async () => memoryProvisionKeys());
provisioningContract(async () => {
  const us = memoryProvisioning("us-east-1");
  return { us, eu: memoryProvisioning("eu-west-1", us.rows) };
});
sessionsContract(async () => {
  const rows = new Map();
  return { here: memorySessions("us-east-1", rows), there: memorySessions("eu-west-1", rows) };
});
deviceOrdersContract(async (now) => memoryDeviceOrders(now));
deviceRowsContract(async () => {
  const stores = {
    devices: memoryDevices(),
    certificates: memoryCertificates(),
    sessions: memorySessions(),
  };
  return { ...stores, rows: memoryDeviceRows(stores) };
});
epochsContract(async () => ({ here: memoryEpochs(), there: memoryEpochs() }));
presenceHistoryContract(async (now) => memoryPresenceHistory(now));
vitalsContract(async (now) => memoryVitals(now));
groupsContract(async () => memoryGroups());
firmwareHistoryContract(async () => memoryFirmwareHistory());
sessionRecoveriesContract(async (now) => memorySessionRecoveries(now));
sweepsContract(async () => ({ here: memorySweeps(), there: memorySweeps() }));
heartbeatProfilesContract(async () => memoryHeartbeatProfiles());
integrationsContract(async () => memoryIntegrations());
targetHealthContract(async () => {
  const rows = new Map();
  const integrations = memoryIntegrations([], [], rows);
  return { healthRecords: memoryTargetHealth(rows), elsewhere: memoryTargetHealth(), integrations };
});
archiveContract(async () => memoryArchive());
archiveSettingsContract(async () => {
  const rows = new Map();
  const integrations = memoryIntegrations([], [], new Map(), rows);
  return { archiveSettings: memoryArchiveSettings(rows), integrations };
});
jobsContract(async (now) => {
  const rows = new Map();
  return {
    here: memoryJobs({ region: "us-east-1", now }, rows),
    there: memoryJobs({ region: "eu-west-1", now }, rows),
  };
});
waitingDeliveriesContract(async () => memoryWaitingDeliveries());
deadLettersContract(async (now) => memoryDeadLetters(now));
runLeasesContract(async () => memoryRunLeases());
callLoadsContract(async () => memoryCallLoads());
concurrencySlotsContract(async () => memoryConcurrencySlots());
streamSlotsContract(async () => memoryStreamSlots());
seenEventsContract(async () => memorySeenEvents());
recentEventsContract(async (now) => memoryRecentEvents(now));
listenersContract(async () => {
  const [here, there] = [new Map(), new Map()];
  return {
    listeners: memoryListeners(here),
    elsewhere: memoryListeners(there),
    integrations: memoryIntegrations([], [here, there]),
  };
});

deliveriesContract(async () => {
  const deliveries = memoryDeliveries();
  return { deliveries, received: async () => deliveries.queued.splice(0) };
});

eventsContract(async () => {
  const events = memoryEventQueue();
  return { events, received: async () => events.queued.splice(0) };
});

recordsContract(async () => {
  const records = memoryRecords();
  return { records, received: async () => records.queued.splice(0) };
});

deviceActivityContract(async () => memoryDeviceActivity());
ledgerEntriesContract(async () => memoryLedgerEntries());
openUsageContract(async () => memoryOpenUsage());
usageRowsContract(async () => {
  const table = memoryUsageTable();
  return {
    here: memoryUsageRows("us-east-1", table),
    there: memoryUsageRows("eu-west-1", table),
  };
});
usageLimitsContract(async () => {
  const table = memoryLimitTable();
  return {
    here: memoryUsageLimits("us-east-1", table),
    there: memoryUsageLimits("eu-west-1", table),
  };
});
routedLimitsContract(async () => {
  const limits = memoryUsageLimits();
  return { limits, integrations: memoryIntegrations([], [], new Map(), new Map(), limits) };
});
limitUsageContract(async () => {
  const rows = new Map();
  return { here: memoryLimitUsage("us-east-1", rows), there: memoryLimitUsage("eu-west-1", rows) };
});
usageNoticesContract(async () => memoryUsageNotices());
ledgerRowsContract(async () => {
  const table = new Map();
  return {
    here: memoryLedgerRows("us-east-1", table),
    there: memoryLedgerRows("eu-west-1", table),
  };
});
trafficContract(async () => {
  const traffic = memoryTraffic();
  return { here: traffic, there: traffic };
});
attemptsContract(async () => memoryAttempts());

failedEventsContract(async () => {
  const failedEvents = memoryFailedEvents();
  return {
    failedEvents,
    async put(key, event) {
      const receivedAt = Number(/\d+/.exec(key)?.[0]);
      if (event === "garbage") return void failedEvents.objects.set(key, undefined);
      const topic = event.topic.replace("$aws/rules/godwit_events/", "");
      failedEvents.objects.set(key, { ...event, topic, id: `id of ${key}`, receivedAt });
    },
  };
});

deviceLinkContract(async () => {
  const link = memoryLink();
  return {
    link,
    async connect(id) {
      link.connected.set(id, { connected: true, since: Date.now() });
      const heard: { topic: string; message: string }[] = [];
      link.onMessage = ({ topic, message }, answer) => {
        heard.push({ topic, message: JSON.stringify(message) });
        answer({ id: message.id, value: "é" });
      };
      return { heard, leave: async () => void link.connected.delete(id) };
    },
  };
});

brokerContract(async () => {
  const broker = memoryBroker();
  return { broker, liveEvents: broker };
});
secretsContract(async () => ({ worker: memorySecrets }));
incidentRecordsContract(async () => memoryIncidentRecords());
canaryIdentitiesContract(async () => memoryCanaryIdentities());
releasesContract(async () => memoryReleases());
releaseFactsContract(async () => memoryReleaseFacts());
enrolmentsContract(async () => memoryEnrolments());
progressRowsContract(async () => {
  const rows = new Map();
  return {
    here: memoryProgressRows("us-east-1", rows),
    there: memoryProgressRows("eu-west-1", rows),
  };
});
paceRowsContract(async () => {
  const rows = new Map();
  return { here: memoryPaceRows("us-east-1", rows), there: memoryPaceRows("eu-west-1", rows) };
});
