import { accountsContract } from "../contracts/accounts.ts";
import { apiUsersContract } from "../contracts/apiUsers.ts";
import { archiveContract } from "../contracts/archive.ts";
import { archiveSettingsContract } from "../contracts/archiveSettings.ts";
import { brokerContract } from "../contracts/broker.ts";
import { certificatesContract } from "../contracts/certificates.ts";
import { claimCertificatesContract } from "../contracts/claimCertificates.ts";
import { claimProofsContract } from "../contracts/claimProofs.ts";
import { deadLettersContract } from "../contracts/deadLetters.ts";
import { deviceLinkContract } from "../contracts/deviceLink.ts";
import { deviceNamesContract } from "../contracts/deviceNames.ts";
import { devicesContract } from "../contracts/devices.ts";
import { epochsContract } from "../contracts/epochs.ts";
import { failedEventsContract } from "../contracts/failedEvents.ts";
import { guessesContract } from "../contracts/guesses.ts";
import { healingsContract } from "../contracts/healings.ts";
import { heardDevicesContract } from "../contracts/heardDevices.ts";
import { integrationsContract } from "../contracts/integrations.ts";
import { jobsContract } from "../contracts/jobs.ts";
import {
  attemptsContract,
  ledgerEntriesContract,
  ledgerRowsContract,
} from "../contracts/ledger.ts";
import { listenersContract } from "../contracts/listeners.ts";
import { oauthClientsContract } from "../contracts/oauthClients.ts";
import { oneTimeTokensContract } from "../contracts/oneTimeTokens.ts";
import { placesContract } from "../contracts/places.ts";
import { productNamesContract, productRowsContract } from "../contracts/productRows.ts";
import { provisioningContract } from "../contracts/provisioning.ts";
import { provisionKeysContract } from "../contracts/provisionKeys.ts";
import { deliveriesContract, eventsContract, recordsContract } from "../contracts/queues.ts";
import { recentEventsContract } from "../contracts/recentEvents.ts";
import { rhythmsContract } from "../contracts/rhythms.ts";
import { secondFactorsContract } from "../contracts/secondFactors.ts";
import { seenEventsContract } from "../contracts/seenEvents.ts";
import { sessionsContract } from "../contracts/sessions.ts";
import { sweepsContract } from "../contracts/sweeps.ts";
import { teamHintsContract, teamsContract } from "../contracts/teams.ts";
import { troublesContract } from "../contracts/troubles.ts";
import { waitingDeliveriesContract } from "../contracts/waitingDeliveries.ts";
import { memoryAccounts } from "./accounts.ts";
import { memoryApiUsers } from "./apiUsers.ts";
import { memoryArchive, memoryArchiveSettings } from "./archive.ts";
import { memoryAttempts } from "./attempts.ts";
import { memoryBroker } from "./broker.ts";
import { memoryCertificates } from "./certificates.ts";
import { memoryClaimCertificates } from "./claimCertificates.ts";
import { memoryClaimProofs } from "./claimProofs.ts";
import { memoryDeadLetters } from "./deadLetters.ts";
import { memoryDeliveries } from "./deliveries.ts";
import { memoryLink } from "./deviceLink.ts";
import { memoryDeviceNames } from "./deviceNames.ts";
import { memoryDevices } from "./devices.ts";
import { memoryEpochs } from "./epochs.ts";
import { memoryEvents } from "./events.ts";
import { memoryFailedEvents } from "./failedEvents.ts";
import { memoryGuesses } from "./guesses.ts";
import { memoryHealings } from "./healings.ts";
import { memoryHeardDevices } from "./heardDevices.ts";
import { memoryIntegrations } from "./integrations.ts";
import { memoryJobs } from "./jobs.ts";
import { memoryLedgerEntries } from "./ledgerEntries.ts";
import { memoryLedgerRows } from "./ledgerRows.ts";
import { memoryListeners } from "./listeners.ts";
import { memoryOAuthClients } from "./oauthClients.ts";
import { memoryOneTimeTokens } from "./oneTimeTokens.ts";
import { memoryPlaces } from "./places.ts";
import { memoryProductNames, memoryProductRows } from "./productRows.ts";
import { memoryProvisioning } from "./provisioning.ts";
import { memoryProvisionKeys } from "./provisionKeys.ts";
import { memoryRecentEvents } from "./recentEvents.ts";
import { memoryRecords } from "./records.ts";
import { memoryRhythms } from "./rhythms.ts";
import { memorySecondFactors } from "./secondFactors.ts";
import { memorySeenEvents } from "./seenEvents.ts";
import { memorySessions } from "./sessions.ts";
import { memorySweeps } from "./sweeps.ts";
import { memoryTeamHints, memoryTeams } from "./teams.ts";
import { memoryTroubles } from "./troubles.ts";
import { memoryWaitingDeliveries } from "./waitingDeliveries.ts";

accountsContract(async () => memoryAccounts());
oauthClientsContract(async () => memoryOAuthClients());
apiUsersContract(async () => memoryApiUsers());
teamsContract(async () => memoryTeams());
teamHintsContract(async () => memoryTeamHints());
productNamesContract(async () => memoryProductNames());
productRowsContract(async () => {
  const products = new Map();
  return { accounts: memoryAccounts(products), rows: memoryProductRows(products) };
});
guessesContract(async () => memoryGuesses());
secondFactorsContract(async () => memorySecondFactors());
oneTimeTokensContract(async () => memoryOneTimeTokens());
devicesContract(async () => memoryDevices());
claimCertificatesContract(async () => memoryClaimCertificates());
claimProofsContract(async () => memoryClaimProofs());
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
epochsContract(async () => ({ here: memoryEpochs(), there: memoryEpochs() }));
healingsContract(async (now) => memoryHealings(now));
sweepsContract(async () => ({ here: memorySweeps(), there: memorySweeps() }));
rhythmsContract(async () => memoryRhythms());
integrationsContract(async () => memoryIntegrations());
troublesContract(async () => {
  const rows = new Map();
  const integrations = memoryIntegrations([], [], rows);
  return { troubles: memoryTroubles(rows), elsewhere: memoryTroubles(), integrations };
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
placesContract(async () => memoryPlaces());
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
  const events = memoryEvents();
  return { events, received: async () => events.queued.splice(0) };
});

recordsContract(async () => {
  const records = memoryRecords();
  return { records, received: async () => records.queued.splice(0) };
});

heardDevicesContract(async () => memoryHeardDevices());
ledgerEntriesContract(async () => memoryLedgerEntries());
ledgerRowsContract(async () => {
  const table = new Map();
  return {
    here: memoryLedgerRows("us-east-1", table),
    there: memoryLedgerRows("eu-west-1", table),
  };
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
