import { setTimeout as wait } from "node:timers/promises";
import {
  archiveVersion,
  changeArchiveSetting,
  defaultArchiveSetting,
} from "#shared/archive/changeArchiveSetting.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { env } from "#shared/platform/env.ts";
import { archiveRoutes } from "#shared/routes/archiveRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { Versioned } from "./edge/http/reply.ts";

const names = env.archiveSettings.parse(process.env);
const { withToken } = openCallers(names, {
  states: { archive: (_, { fleet }) => archiveSettings.find(fleet) },
});
const archiveSettings = dynamoArchiveSettings(openTables(), names.INTEGRATIONS_TABLE);

export const handler = api(archiveRoutes, {
  showArchive: withToken(async (_, { fleet }) => {
    const archive = (await archiveSettings.find(fleet)) ?? defaultArchiveSetting;
    return new Versioned({ archive }, archiveVersion(archive));
  }),
  changeArchive: withToken(async (archive, { fleet }, { expected }) => {
    await changeArchiveSetting(fleet, { ...archive, expected }, { archiveSettings, wait });
    return new Versioned({ ok: true as const, archive }, archiveVersion(archive));
  }),
});
