import { setTimeout as wait } from "node:timers/promises";
import { changeArchiveSetting } from "#shared/archive/changeArchiveSetting.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { archiveDaysDefault } from "#shared/event/limits.ts";
import { env } from "#shared/platform/env.ts";
import { archiveRoutes } from "#shared/routes/archiveRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";

const names = env.archiveSettings.parse(process.env);
const { withToken } = openCallers(names);
const archiveSettings = dynamoArchiveSettings(openTables(), names.INTEGRATIONS_TABLE);

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
