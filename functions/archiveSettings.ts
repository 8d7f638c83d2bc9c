import { setTimeout as wait } from "node:timers/promises";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { changeArchiveSetting } from "#shared/archive/changeArchiveSetting.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { archiveDaysDefault } from "#shared/event/limits.ts";
import { env } from "#shared/platform/env.ts";
import { archiveRoutes } from "#shared/routes/archiveRoutes.ts";
import { openGlobals } from "./edge/globals.ts";
import { api, signedIn } from "./edge/http/api.ts";

const names = env.archiveSettings.parse(process.env);
const globals = openGlobals(names);
const now = Date.now;
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
const archiveSettings = dynamoArchiveSettings(openTables(), names.INTEGRATIONS_TABLE);
const withToken = signedIn(authenticateCaller({ accounts, teams, now }));

export const handler = api(archiveRoutes, {
  showArchive: withToken(async (_, { fleet }) => {
    const setting = await archiveSettings.find(fleet);
    return { archive: setting ?? { enabled: false, days: archiveDaysDefault } };
  }),
  changeArchive: withToken(async ({ enabled, days }, { fleet }) => {
    await changeArchiveSetting(fleet, { enabled, days }, { archiveSettings, wait });
    return { ok: true, archive: { enabled, days } };
  }),
});
