import { describe, expect, it, vi } from "vitest";
import type { Accounts } from "#shared/account/accounts.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoApiUsers } from "#shared/aws/account/apiUsers.ts";
import { dynamoCallLoads } from "#shared/aws/account/callLoads.ts";
import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
import { dynamoOAuthClients } from "#shared/aws/account/oauthClients.ts";
import { dynamoOneTimeTokens } from "#shared/aws/account/oneTimeTokens.ts";
import { dynamoProductNames, dynamoProductStore } from "#shared/aws/account/productStore.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { dynamoSealedFactors, dynamoSecondFactors } from "#shared/aws/account/secondFactors.ts";
import { dynamoTeamHints, dynamoTeams } from "#shared/aws/account/teams.ts";
import { dynamoUserPages } from "#shared/aws/account/userRows.ts";
import { dynamoAuditLog } from "#shared/aws/audit/auditLog.ts";
import { dynamoAttemptQuota } from "#shared/aws/delivery/attemptQuota.ts";
import { dynamoAttempts } from "#shared/aws/delivery/attempts.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import {
  dynamoIntegrationMatchers,
  dynamoIntegrations,
  dynamoSealedSecrets,
} from "#shared/aws/delivery/integrations.ts";
import { dynamoJobs } from "#shared/aws/delivery/jobs.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoLimitUsage } from "#shared/aws/delivery/limitUsage.ts";
import { dynamoTargetHealth } from "#shared/aws/delivery/targetHealth.ts";
import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoUsageNotices } from "#shared/aws/delivery/usageNotices.ts";
import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { dynamoWaitingDeliveries } from "#shared/aws/delivery/waitingDeliveries.ts";
import { dynamoCertificates } from "#shared/aws/device/certificateStore.ts";
import { dynamoClaimCertificates } from "#shared/aws/device/claimCertificates.ts";
import { dynamoClaimCodes } from "#shared/aws/device/claimCodes.ts";
import { dynamoDeviceNames } from "#shared/aws/device/deviceNames.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoGroups } from "#shared/aws/device/groups.ts";
import { dynamoProvisioning } from "#shared/aws/device/provisioning.ts";
import { dynamoProvisionKeys } from "#shared/aws/device/provisionKeys.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { dynamoListeners } from "#shared/aws/event/listeners.ts";
import { dynamoRecentEvents } from "#shared/aws/event/recentEvents.ts";
import { dynamoSeenEvents } from "#shared/aws/event/seenEvents.ts";
import { dynamoStreamSlots } from "#shared/aws/event/streamSlots.ts";
import { dynamoFirmwareHistory } from "#shared/aws/firmware/firmwareHistory.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { dynamoImageReferences } from "#shared/aws/firmware/imageReferences.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoRunLeases } from "#shared/aws/platform/runLeases.ts";
import { dynamoDeviceOrders } from "#shared/aws/presence/deviceOrders.ts";
import { dynamoDeviceRows } from "#shared/aws/presence/deviceRows.ts";
import { dynamoEpochs } from "#shared/aws/presence/epochs.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessionRecoveries } from "#shared/aws/presence/sessionRecoveries.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoSweeps } from "#shared/aws/presence/sweeps.ts";
import { dynamoVitals } from "#shared/aws/presence/vitals.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoPaceRows } from "#shared/aws/release/paceRows.ts";
import { dynamoProgressRows } from "#shared/aws/release/progressRows.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { dynamoIncidentRecords } from "#shared/aws/status/incidentRecords.ts";
import { newCertificate } from "#shared/device/registry/certificate.ts";
import type { SealedPage } from "#shared/integration/secret/sealedSecrets.ts";
import { accountsContract } from "../../../contracts/account/accounts.ts";
import { apiUsersContract } from "../../../contracts/account/apiUsers.ts";
import { callLoadsContract } from "../../../contracts/account/callLoads.ts";
import { concurrencySlotsContract } from "../../../contracts/account/concurrencySlots.ts";
import { oauthClientsContract } from "../../../contracts/account/oauthClients.ts";
import { oneTimeTokensContract } from "../../../contracts/account/oneTimeTokens.ts";
import {
  productNamesContract,
  productStoreContract,
} from "../../../contracts/account/productStore.ts";
import { rateLimiterContract } from "../../../contracts/account/rateLimiter.ts";
import { secondFactorsContract } from "../../../contracts/account/secondFactors.ts";
import { teamHintsContract, teamsContract } from "../../../contracts/account/teams.ts";
import { auditLogContract } from "../../../contracts/audit/auditLog.ts";
import { attemptQuotaContract } from "../../../contracts/delivery/attemptQuota.ts";
import { deadLettersContract } from "../../../contracts/delivery/deadLetters.ts";
import { integrationsContract } from "../../../contracts/delivery/integrations.ts";
import { jobsContract } from "../../../contracts/delivery/jobs.ts";
import { attemptsContract, ledgerRowsContract } from "../../../contracts/delivery/ledger.ts";
import { targetHealthContract } from "../../../contracts/delivery/targetHealth.ts";
import { trafficContract } from "../../../contracts/delivery/traffic.ts";
import { usageRowsContract } from "../../../contracts/delivery/usage.ts";
import {
  limitUsageContract,
  routedLimitsContract,
  usageLimitsContract,
  usageNoticesContract,
} from "../../../contracts/delivery/usageLimits.ts";
import { waitingDeliveriesContract } from "../../../contracts/delivery/waitingDeliveries.ts";
import { certificatesContract } from "../../../contracts/device/certificates.ts";
import { claimCertificatesContract } from "../../../contracts/device/claimCertificates.ts";
import { claimCodesContract } from "../../../contracts/device/claimCodes.ts";
import { deviceNamesContract } from "../../../contracts/device/deviceNames.ts";
import { devicesContract } from "../../../contracts/device/devices.ts";
import { groupsContract } from "../../../contracts/device/groups.ts";
import { provisioningContract } from "../../../contracts/device/provisioning.ts";
import { provisionKeysContract } from "../../../contracts/device/provisionKeys.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { archiveSettingsContract } from "../../../contracts/event/archiveSettings.ts";
import { listenersContract } from "../../../contracts/event/listeners.ts";
import { recentEventsContract } from "../../../contracts/event/recentEvents.ts";
import { seenEventsContract } from "../../../contracts/event/seenEvents.ts";
import { streamSlotsContract } from "../../../contracts/event/streamSlots.ts";
import { firmwareHistoryContract } from "../../../contracts/firmware/firmwareHistory.ts";
import { firmwareVersionsContract } from "../../../contracts/firmware/firmwareVersions.ts";
import { imageReferencesContract } from "../../../contracts/firmware/imageReferences.ts";
import { keyDocumentsContract } from "../../../contracts/firmware/keyDocuments.ts";
import { runLeasesContract } from "../../../contracts/platform/runLeases.ts";
import { deviceOrdersContract } from "../../../contracts/presence/deviceOrders.ts";
import { deviceRowsContract } from "../../../contracts/presence/deviceRows.ts";
import { epochsContract } from "../../../contracts/presence/epochs.ts";
import { presenceHistoryContract } from "../../../contracts/presence/presenceHistory.ts";
import { sessionRecoveriesContract } from "../../../contracts/presence/sessionRecoveries.ts";
import { sessionsContract } from "../../../contracts/presence/sessions.ts";
import { sweepsContract } from "../../../contracts/presence/sweeps.ts";
import { vitalsContract } from "../../../contracts/presence/vitals.ts";
import { releasesContract } from "../../../contracts/release/releases.ts";
import {
  enrolmentsContract,
  paceRowsContract,
  progressRowsContract,
  releaseFactsContract,
} from "../../../contracts/release/rows.ts";
import { incidentRecordsContract } from "../../../contracts/status/incidentRecords.ts";
import { testCertificate } from "../../../memory/device/testCertificate.ts";
import { memorySecrets } from "../../../memory/platform/secrets.ts";
import { anIntegration, someTime } from "../../../memory/samples.ts";

const { newTable, newIndexedTable } = await startDynamo();
const db = openTables();

const accountsTable = () => newIndexedTable(["pk"], { byUser: ["username", "pk"] });

accountsContract(async () => dynamoAccounts(db, await accountsTable()));
oauthClientsContract(async () => dynamoOAuthClients(db, await accountsTable()));
apiUsersContract(async () => dynamoApiUsers(db, await accountsTable()));
teamsContract(async () => dynamoTeams(db, await accountsTable()));
teamHintsContract(async () => dynamoTeamHints(db, await accountsTable()));
productNamesContract(async () => dynamoProductNames(db, await accountsTable()));
productStoreContract(async () => {
  const table = await accountsTable();
  return { accounts: dynamoAccounts(db, table), rows: dynamoProductStore(db, table) };
});
describe("pages of users", () => {
  it("contain each user once, and no other row", async () => {
    const table = await accountsTable();
    const accounts = dynamoAccounts(db, table);
    const users = ["a", "b", "c", "d"].map((username) => ({
      username,
      passwordHash: "h",
      fleet: `f-${username}`,
      createdAt: "2026",
    }));
    for (const user of users) await accounts.addUser(user, { replace: false });
    await accounts.addToken({ hash: "t", username: "a", fleet: "f-a", client: "x", createdAt: "" });
    await accounts.renameUser(users[3]!, "e");
    await accounts.changeUser("c", { removed: true });
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await dynamoUserPages(db, table).page({ limit: 2, after });
      found.push(...page.users.map(({ username }) => username));
      after = page.next;
    } while (after !== undefined);
    expect(found.toSorted()).toEqual(["a", "b", "e"]);
  });
});
describe("a rename of a user", () => {
  const ada = { username: "ada", passwordHash: "h", fleet: "f1", createdAt: "2026" };

  /**
   * A table whose `at`-th request of a rename runs `before` first, and may be the last one of its
   * worker.
   */
  const renameWith = async (at: number, before: (accounts: Accounts) => Promise<void>) => {
    const table = await accountsTable();
    const accounts = dynamoAccounts(db, table);
    await accounts.addUser(ada, { replace: false });
    await accounts.addToken({
      hash: "t",
      username: "ada",
      fleet: "f1",
      client: "x",
      createdAt: "",
    });
    let requests = 0;
    const watched = new Proxy(db, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        return typeof member !== "function"
          ? member
          : async (...input: unknown[]) => {
              requests += 1;
              if (requests === at) await before(accounts);
              return member(...input);
            };
      },
    });
    const done = dynamoAccounts(watched, table).renameUser(ada, "eve");
    const failed = await done.then(
      () => undefined,
      (error: unknown) => error,
    );
    return { accounts, failed, requests };
  };

  it("loses no concurrent change, before any of its requests", async () => {
    const results: string[] = [];
    for (let at = 1; at <= 7; at += 1) {
      let result = "not made";
      const { accounts, failed } = await renameWith(at, async (others) => {
        const change = others.changeUser("ada", { passwordHash: "changed" });
        result = await change.then(
          () => "kept",
          () => "refused",
        );
      });
      expect(failed).toBeUndefined();
      const passwordHash = result === "kept" ? "changed" : "h";
      expect(await accounts.findUser("eve")).toEqual({ ...ada, username: "eve", passwordHash });
      expect(await accounts.findUser("ada")).toBeUndefined();
      results.push(result);
    }
    // The third request switches the names.
    expect(results).toEqual(["kept", "kept", "kept", ...Array(4).fill("refused")]);
  });

  it("can be followed by changes under the new name as soon as the names are switched", async () => {
    for (const at of [4, 5, 6]) {
      const { accounts, failed } = await renameWith(at, (others) =>
        others.changeUser("eve", { passwordHash: "changed" }),
      );
      expect(failed).toBeUndefined();
      expect(await accounts.findUser("eve")).toMatchObject({ passwordHash: "changed" });
    }
  });

  it("is completed by another worker after a crash at any step", async () => {
    for (let at = 1; at <= 7; at += 1) {
      const { accounts, failed } = await renameWith(at, async () => {
        throw new Error("killed");
      });
      expect(failed).toBeDefined();
      expect(await accounts.findUserByAnyName("ada")).toBeDefined();
      const squatter = { ...ada, username: "eve", fleet: "f2" };
      if (at === 3 || at === 4) {
        await expect(accounts.addUser(squatter, { replace: true })).rejects.toMatchObject({
          code: "already_exists",
        });
      }
      await accounts.renameUser(ada, "eve");
      expect(await accounts.findUser("eve")).toEqual({ ...ada, username: "eve" });
      expect(await accounts.findToken("t")).toMatchObject({ username: "eve" });
      expect(await accounts.findUser("ada")).toBeUndefined();
    }
  });
});
rateLimiterContract(async () => dynamoRateLimiter(db, await newTable("pk")));
attemptQuotaContract(async () => dynamoAttemptQuota(db, await newTable("pk")));
secondFactorsContract(async () => dynamoSecondFactors(db, await newTable("pk")));
const home = { region: "us-east-1", regions: ["us-east-1"], tablesIn: expect.unreachable };
oneTimeTokensContract(async () =>
  dynamoOneTimeTokens(db, { table: await newTable("pk"), ...home }),
);

describe("one-time tokens in two regions", () => {
  const token = {
    hash: "h1",
    fleet: "f1",
    username: "a@b.c",
    claim: { purpose: "browser-session", operator: false } as const,
    createdAt: 1_735_787_000_000,
    expiresAt: 1_735_787_045_678,
  };
  const regions = ["us-east-1", "eu-west-1"];

  it("are used once, also if another region still has its copy", async () => {
    const [table, copy] = [await newTable("pk"), await newTable("pk")];
    // Each region has its own replica: here, a table of another name.
    const replicaOf = { "us-east-1": table, "eu-west-1": copy };
    const inRegion = (region: keyof typeof replicaOf) =>
      dynamoOneTimeTokens(db, {
        table: replicaOf[region],
        region,
        regions,
        tablesIn: () => ({
          ...db,
          delete: (input) => db.delete({ ...input, TableName: table }),
        }),
      });
    const [here, there] = [inRegion("us-east-1"), inRegion("eu-west-1")];
    await here.add(token);
    const { Item } = await db.get({ TableName: table, Key: { pk: "once#h1" } });
    await db.put({ TableName: copy, Item: Item ?? {} });
    const found = await there.find("h1");
    expect(found?.region).toBe("us-east-1");
    expect(await here.remove({ hash: "h1", region: found?.region })).toBe(true);
    expect(await there.remove({ hash: "h1", region: found?.region })).toBe(false);
  });

  it("are not used while the region that made them does not respond", async () => {
    const table = await newTable("pk");
    const other = dynamoOneTimeTokens(db, {
      table,
      region: "eu-west-1",
      regions,
      tablesIn: () => ({ ...db, delete: () => Promise.reject(new Error("no answer")) }),
    });
    const removing = other.remove({ hash: "h1", region: "us-east-1" });
    await expect(removing).rejects.toMatchObject({ code: "unavailable" });
  });
});
auditLogContract(async () => dynamoAuditLog(db, await newTable("pk", "sk")));
firmwareVersionsContract(async () => dynamoFirmwareVersions(db, await newTable("pk", "sk")));
keyDocumentsContract(async () => dynamoKeyDocuments(db, await newTable("pk", "sk")));
imageReferencesContract(async () =>
  dynamoImageReferences({ here: db, elsewhere: [db] }, await newTable("pk", "sk")),
);
devicesContract(async () =>
  dynamoDevices(db, await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] })),
);
claimCertificatesContract(async () =>
  dynamoClaimCertificates(db, await newTable("pk", "sk"), "r1"),
);
claimCodesContract(async () => dynamoClaimCodes(db, await newTable("pk", "sk")));
certificatesContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    us: dynamoCertificates(db, table, "us-east-1"),
    eu: dynamoCertificates(db, table, "eu-west-1"),
  };
});
deviceNamesContract(async () => dynamoDeviceNames(db, await newTable("pk", "sk")));
provisionKeysContract(async () => dynamoProvisionKeys(db, await newTable("pk", "sk")));
provisioningContract(async () => {
  const table = await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] });
  return {
    us: dynamoProvisioning(db, table, "us-east-1"),
    eu: dynamoProvisioning(db, table, "eu-west-1"),
  };
});
sessionsContract(async () => {
  const table = await newTable("pk", "sk");
  const regions = ["us-east-1", "eu-west-1"];
  return {
    here: dynamoSessions(db, table, { region: "us-east-1", regions }),
    there: dynamoSessions(db, table, { region: "eu-west-1", regions }),
  };
});
releasesContract(async () => dynamoReleases(db, await newTable("pk", "sk")));
releaseFactsContract(async () => dynamoReleaseFacts(db, await newTable("pk", "sk")));
enrolmentsContract(async () => dynamoEnrolments(db, await newTable("pk", "sk")));
progressRowsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoProgressRows(db, table, "us-east-1"),
    there: dynamoProgressRows(db, table, "eu-west-1"),
  };
});
paceRowsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoPaceRows(db, table, "us-east-1"),
    there: dynamoPaceRows(db, table, "eu-west-1"),
  };
});
deviceOrdersContract(async (now) => dynamoDeviceOrders(db, await newTable("pk"), now));
deviceRowsContract(async () => {
  const devices = await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] });
  const sessions = await newTable("pk", "sk");
  const region = "us-east-1";
  return {
    devices: dynamoDevices(db, devices),
    certificates: dynamoCertificates(db, devices, region),
    sessions: dynamoSessions(db, sessions, { region, regions: [region] }),
    rows: dynamoDeviceRows(db, { devices, sessions, region }),
  };
});
describe("a malformed row of a device", () => {
  it("is an error for this device alone", async () => {
    const [devices, sessions] = [await newTable("pk", "sk"), await newTable("pk", "sk")];
    const rows = dynamoDeviceRows(db, { devices, sessions, region: "us-east-1" });
    const ids = ["a", "b"].map((digit) => digit.repeat(24));
    const createdAt = "2026-01-01T00:00:00Z";
    const [id = "", malformed = ""] = ids;
    const Item = { pk: `device#${id}`, sk: "device", id, fleet: "f", createdAt };
    await db.put({ TableName: devices, Item });
    const wrong = { pk: `device#${malformed}`, sk: "device", id: malformed };
    await db.put({ TableName: devices, Item: wrong });
    const read = await rows.read(ids.map((each) => ({ id: each, withCertificates: true })));
    expect(read.get(id)).toEqual({ device: { id, fleet: "f", createdAt } });
    expect(read.get(malformed)).toBeInstanceOf(Error);
  });
});
epochsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoEpochs(db, table, "us-east-1"),
    there: dynamoEpochs(db, table, "eu-west-1"),
  };
});
sweepsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoSweeps(db, table, "us-east-1"),
    there: dynamoSweeps(db, table, "eu-west-1"),
  };
});
firmwareHistoryContract(async () => dynamoFirmwareHistory(db, await newTable("pk", "sk")));
presenceHistoryContract(async (now) => dynamoPresenceHistory(db, await newTable("pk", "sk"), now));
vitalsContract(async (now) => dynamoVitals(db, await newTable("pk", "sk"), now));
groupsContract(async () => dynamoGroups(db, await newTable("pk", "sk")));
sessionRecoveriesContract(async (now) =>
  dynamoSessionRecoveries(db, await newTable("pk", "sk"), now),
);
integrationsContract(async () =>
  dynamoIntegrations(db, await newTable("pk", "sk"), memorySecrets()),
);
targetHealthContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    healthRecords: dynamoTargetHealth(db, table, "us-east-1"),
    elsewhere: dynamoTargetHealth(db, table, "eu-west-1"),
    integrations: dynamoIntegrations(db, table, memorySecrets()),
  };
});
archiveSettingsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    archiveSettings: dynamoArchiveSettings(db, table),
    integrations: dynamoIntegrations(db, table, memorySecrets()),
  };
});
incidentRecordsContract(async () =>
  dynamoIncidentRecords(db, await newTable("pk", "sk"), Date.now),
);
jobsContract(async (now) => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoJobs(db, table, { region: "us-east-1", now }),
    there: dynamoJobs(db, table, { region: "eu-west-1", now }),
  };
});
waitingDeliveriesContract(async () => dynamoWaitingDeliveries(db, await newTable("pk", "sk")));
deadLettersContract(async (now) => dynamoDeadLetters(db, await newTable("pk", "sk"), now));
ledgerRowsContract(async () => {
  const table = await newTable("pk", "sk");
  const now = () => someTime;
  return {
    here: dynamoLedgerRows(db, { table, region: "us-east-1" }, now),
    there: dynamoLedgerRows(db, { table, region: "eu-west-1" }, now),
  };
});
usageRowsContract(async (now) => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoUsageRows(db, { table, region: "us-east-1" }, now),
    there: dynamoUsageRows(db, { table, region: "eu-west-1" }, now),
  };
});
usageLimitsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoUsageLimits({ ...db, region: "us-east-1" }, table),
    there: dynamoUsageLimits({ ...db, region: "eu-west-1" }, table),
  };
});
routedLimitsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    limits: dynamoUsageLimits(db, table),
    integrations: dynamoIntegrations(db, table, memorySecrets()),
  };
});
limitUsageContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoLimitUsage(db, { table, region: "us-east-1" }, Date.now),
    there: dynamoLimitUsage(db, { table, region: "eu-west-1" }, Date.now),
  };
});
usageNoticesContract(async () => {
  const failing = { ...db, put: () => Promise.reject(new Error("no answer")) };
  const update = () => Promise.reject(new Error("no answer"));
  const replicas = [{ ...failing, update }, db];
  return dynamoUsageNotices(db, { table: await newTable("pk", "sk"), replicas });
});
trafficContract(async (now) => {
  const table = await newTable("pk", "sk");
  return {
    here: dynamoTraffic(db, { table, region: "us-east-1" }, now),
    there: dynamoTraffic(db, { table, region: "eu-west-1" }, now),
  };
});
attemptsContract(async (now) =>
  dynamoAttempts(db, { table: await newTable("pk", "sk"), region: "us-east-1" }, now),
);
recentEventsContract(async (now) => dynamoRecentEvents(db, await newTable("pk", "sk"), now));
listenersContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    listeners: dynamoListeners(db, table, "us-east-1"),
    elsewhere: dynamoListeners(db, table, "eu-west-1"),
    integrations: dynamoIntegrations(db, table, memorySecrets()),
  };
});
runLeasesContract(async () => dynamoRunLeases(db, await newTable("pk")));
callLoadsContract(async () => dynamoCallLoads(db, await newTable("pk")));
concurrencySlotsContract(async () => dynamoConcurrencySlots(db, await newTable("pk")));
streamSlotsContract(async () => dynamoStreamSlots(db, await newTable("pk")));
seenEventsContract(async () => dynamoSeenEvents(db, await newTable("pk")));

describe("a table of integrations", () => {
  const one = anIntegration({
    headers: { "x-key": "s3cret" },
    auth: { username: "s3cret", password: "s3cret" },
    signing: { secret: "whsec_s3cret" },
  });
  const key = { pk: `fleet#${one.fleet}`, sk: `integration#${one.id}` };

  it("contains no unencrypted secret, and is readable without a key otherwise", async () => {
    const table = await newTable("pk", "sk");
    await dynamoIntegrations(db, table, memorySecrets()).add(one);
    const { Item } = await db.get({ TableName: table, Key: key });
    expect(Item?.settings).not.toContain("s3cret");
    const shown = await dynamoIntegrationMatchers(db, table).find(one.fleet, one.id);
    const { id, fleet, event, disabled } = one;
    expect(shown).toEqual({ id, fleet, event, disabled });
    expect(
      (await dynamoIntegrationMatchers(db, table).fleetRouting(one.fleet)).integrations,
    ).toEqual([shown]);
  });

  it("disables an integration without a KMS request, and does not change its secrets", async () => {
    const table = await newTable("pk", "sk");
    await dynamoIntegrations(db, table, memorySecrets()).add(one);
    const closed = async () => Promise.reject(new Error("no key"));
    const keyless = dynamoIntegrations(db, table, {
      ...memorySecrets(),
      seal: closed,
      open: closed,
    });
    expect(await keyless.disable(one.fleet, one.id, "gone")).toBe(true);
    expect(await dynamoIntegrations(db, table, memorySecrets()).find(one.fleet, one.id)).toEqual({
      ...one,
      disabled: true,
      disabledReason: "gone",
      revision: 1,
    });
  });

  it("encrypts the secrets of all integrations for a region that was added later, page by page", async () => {
    const table = await newTable("pk", "sk");
    const plain = memorySecrets();
    const envelope = (keys: Record<string, string>) =>
      JSON.stringify({ keys, nonce: "n", tag: "t", sealed: "s" });
    const seal = async () => envelope({ us: "k" });
    const ids = ["1", "2", "3", "4", "5"].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
    for (const id of ids) {
      await dynamoIntegrations(db, table, { ...plain, seal }).add({ ...one, id });
    }
    const fill = async (complete: typeof plain.complete) => {
      const pages: SealedPage[] = [];
      let after: string | undefined;
      do {
        const sealed = dynamoSealedSecrets(db, table, { ...plain, complete });
        const page = await sealed.completePage("eu", { limit: 2, after });
        pages.push(page);
        after = page.next;
      } while (after !== undefined);
      return {
        sealed: pages.reduce((sum, { sealed }) => sum + sealed, 0),
        incomplete: pages.flatMap(({ incomplete }) => incomplete).toSorted(),
      };
    };
    expect(await fill(async () => undefined)).toEqual({ sealed: 0, incomplete: ids });
    expect(await fill(async () => envelope({ us: "k", eu: "k" }))).toEqual({
      sealed: 5,
      incomplete: [],
    });
    expect(await fill(async () => undefined)).toEqual({ sealed: 5, incomplete: [] });
  });

  it("encrypts the secrets of all second factors for a region that was added later, and lists users whose secret it could not complete", async () => {
    const table = await newTable("pk");
    const envelope = (...keys: string[]) =>
      JSON.stringify({
        keys: Object.fromEntries(keys.map((name) => [name, "k"])),
        ...{ nonce: "n", tag: "t", sealed: "s" },
      });
    const factors = dynamoSecondFactors(db, table);
    const fleets = ["f1", "f2", "f3", "f4", "f5"];
    for (const fleet of fleets) {
      const times = { lastStep: 7, enabledAt: "2026", recoveryHashes: [], version: 1 };
      await factors.add({ ...times, fleet, sealedSecret: envelope("us") });
    }
    await dynamoAccounts(db, table).addUser(
      { username: "a@b.c", passwordHash: "", fleet: "f1", createdAt: "" },
      { replace: false },
    );
    const fill = async (complete: ReturnType<typeof memorySecrets>["complete"]) => {
      const sealed = dynamoSealedFactors(db, table, { ...memorySecrets(), complete });
      const pages: SealedPage[] = [];
      let after: string | undefined;
      do {
        const page = await sealed.completePage("eu", { limit: 2, after });
        pages.push(page);
        after = page.next;
      } while (after !== undefined);
      return {
        sealed: pages.reduce((sum, { sealed }) => sum + sealed, 0),
        incomplete: pages.flatMap(({ incomplete }) => incomplete).toSorted(),
      };
    };
    expect(await fill(async () => undefined)).toEqual({ sealed: 0, incomplete: fleets });
    // The user disables the second factor concurrently: it must not be restored.
    let isFirst = true;
    const first = await fill(async () => {
      if (isFirst) for (const fleet of fleets.slice(0, 1)) await factors.remove(fleet);
      isFirst = false;
      return envelope("us", "eu");
    });
    expect(await factors.find("f1")).toBeUndefined();
    expect(first.sealed).toBeGreaterThanOrEqual(4);
    expect(await fill(async () => undefined)).toEqual({ sealed: 4, incomplete: [] });
    expect(await factors.find("f2")).toMatchObject({
      ...{ sealedSecret: envelope("us", "eu"), lastStep: 7, version: 1 },
    });
  });

  it("completes a secret that lacks a region's key when it is read, without overwriting a concurrent change", async () => {
    const table = await newTable("pk", "sk");
    const plain = memorySecrets();
    await dynamoIntegrations(db, table, plain).add(one);
    const sealedNow = async () =>
      String((await db.get({ TableName: table, Key: key })).Item?.sealed);
    const before = await sealedNow();
    const open: typeof plain.open = (sealed, context) =>
      plain.open(sealed.replace("+eu", ""), context);
    const complete = async (sealed: string) =>
      sealed.endsWith("+eu") ? undefined : `${sealed}+eu`;
    const repairing = dynamoIntegrations(db, table, { ...plain, open, complete });
    expect(await repairing.find(one.fleet, one.id)).toEqual(one);
    expect(await sealedNow()).toBe(`${before}+eu`);
    expect((await repairing.fleetRouting(one.fleet)).integrations).toEqual([one]);

    const next = { ...one, signing: { secret: "whsec_next" }, revision: 1 };
    const late = dynamoIntegrations(db, table, {
      ...plain,
      open,
      complete: async (sealed) => {
        await dynamoIntegrations(db, table, plain).replace(next);
        return `${sealed}+late`;
      },
    });
    await late.find(one.fleet, one.id);
    expect(await repairing.find(one.fleet, one.id)).toEqual(next);
  });

  it("lists the others of a fleet when one is unreadable or has an undecryptable secret", async () => {
    const table = await newTable("pk", "sk");
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    const good = anIntegration({ id: "good", signing: { secret: "whsec_x" } });
    await integrations.add(good);
    const { kind: _, ...settings } = one;
    const put = (id: string, row: object) =>
      db.put({ TableName: table, Item: { ...key, sk: `integration#${id}`, ...row } });
    const strange = { ...settings, id: "strange", kind: "FromTheFuture" };
    await put("strange", { settings: JSON.stringify(strange) });
    await put("closed", { settings: JSON.stringify({ ...one, id: "closed" }), sealed: "e30=" });
    await put("broken", { settings: "{" });
    const found = await integrations.fleetRouting(one.fleet);
    expect(found.integrations).toEqual([good]);
    expect([...found.unreadable.keys()].sort()).toEqual(["broken", "closed", "strange"]);
    const fleetRouting = await dynamoIntegrationMatchers(db, table).fleetRouting(one.fleet);
    expect(fleetRouting.integrations.map(({ id }) => id).sort()).toEqual([
      "closed",
      "good",
      "strange",
    ]);
    expect([...fleetRouting.unreadable.keys()]).toEqual(["broken"]);
  });

  it("disables no integration whose secrets are changed concurrently", async () => {
    const table = await newTable("pk", "sk");
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    await integrations.add(one);
    const next = { ...one, signing: { secret: "whsec_next" }, revision: 1 };
    const { get } = db;
    const between = vi.spyOn(db, "get").mockImplementationOnce(async (input) => {
      const found = await get(input);
      await integrations.replace(next);
      return found;
    });
    expect(await integrations.disable(one.fleet, one.id, "gone")).toBe(false);
    between.mockRestore();
    expect(await integrations.find(one.fleet, one.id)).toEqual(next);
  });

  it("reads old rows without a kind and a key", async () => {
    const table = await newTable("pk", "sk");
    const { kind: _, ...settings } = one;
    const Item = { ...key, settings: JSON.stringify(settings) };
    await db.put({ TableName: table, Item });
    const integrations = dynamoIntegrations(db, table, memorySecrets());
    expect(await integrations.find(one.fleet, one.id)).toEqual(one);
    expect((await integrations.fleetRouting(one.fleet)).integrations).toEqual([one]);
  });
});

it("reads a certificate that was stored before certificate records existed", async () => {
  const table = await newTable("pk", "sk");
  const certificates = dynamoCertificates(db, table, "us-east-1");
  const device = "a".repeat(24);
  const pem = testCertificate("old");
  const Item = { pk: `device#${device}`, sk: "certificate", certificate: pem };
  await db.put({ TableName: table, Item });
  const known = await certificates.find(device);
  expect(known).toMatchObject({ device, revision: 0, current: { pem } });
  await certificates.put({ ...known!, revision: 1 });
  expect(await certificates.find(device)).toEqual({ ...known, revision: 1 });
});

it("lists a fleet's devices without certificates and pending work", async () => {
  const table = await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] });
  const provisioning = dynamoProvisioning(db, table, "us-east-1");
  const id = "a".repeat(24);
  const current = newCertificate(testCertificate("a"), { now: 1, days: 1 });
  await dynamoCertificates(db, table, "us-east-1").put({ device: id, revision: 1, current });
  await provisioning.addPending({ device: id, fleet: "f1", since: 1 }, ["us-east-1"]);
  expect(await dynamoDevices(db, table).list("f1", 10)).toEqual([]);
  expect(await dynamoDevices(db, table).find(id)).toBeUndefined();
});
