import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { changeArchiveSetting } from "#shared/archive/changeArchiveSetting.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openTables } from "#shared/aws/platform/tables.ts";
import { archiveDaysDefault, archiveDaysMax, archiveDaysMin } from "#shared/event/limits.ts";
import { flag } from "#shared/input/flag.ts";
import { wholeNumber } from "#shared/input/wholeNumber.ts";
import { env } from "#shared/platform/env.ts";
import { openGlobals } from "./edge/globals.ts";
import { api, signedIn } from "./edge/http/api.ts";

const names = env.archiveSettings.parse(process.env);
const globals = openGlobals(names);
const now = Date.now;
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
const archiveSettings = dynamoArchiveSettings(openTables(), names.INTEGRATIONS_TABLE);
const withToken = signedIn(authenticateCaller({ accounts, teams, now }));

const show = withToken(z.object({}), async (_, { fleet }) => {
  const setting = await archiveSettings.find(fleet);
  return { archive: setting ?? { enabled: false, days: archiveDaysDefault } };
});

const change = withToken(
  z.object({
    enabled: flag,
    days: wholeNumber(archiveDaysMin, archiveDaysMax).default(archiveDaysDefault),
  }),
  async ({ enabled, days }, { fleet }) => {
    await changeArchiveSetting(fleet, { enabled, days }, { archiveSettings, wait });
    return { ok: true, archive: { enabled, days } };
  },
);

export const handler = api<"archiveSettings">({
  "GET /v1/archive": show,
  "PUT /v1/archive": change,
  "GET /v1/products/{product}/archive": show,
  "PUT /v1/products/{product}/archive": change,
});
