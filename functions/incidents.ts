import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoIncidentStore } from "#shared/aws/notice/incidentStore.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { answerConcern } from "#shared/notice/concern/answerConcern.ts";
import {
  mergeIncident,
  openIncident,
  updateIncident,
  writePostmortem,
} from "#shared/notice/incident/changeIncident.ts";
import {
  type FoundIncident,
  findIncident,
  listIncidents,
} from "#shared/notice/incident/findIncident.ts";
import { incidentsListedDays } from "#shared/notice/limits.ts";
import { listNotices } from "#shared/notice/outbox/listNotices.ts";
import { replayNotices } from "#shared/notice/outbox/replayNotices.ts";
import { env } from "#shared/platform/env.ts";
import { incidentRoutes } from "#shared/routes/incidentRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { incidentView, logEntryView, noticeView } from "./edge/views/incidentView.ts";

const names = env.incidents.parse(process.env);
const { globals, withToken } = openCallers(names);
const now = Date.now;
const deps = {
  ...dynamoIncidentStore(globals, names.OPERATIONS_TABLE, now),
  integrations: dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE),
  rows: dynamoLedgerRows(globals, { table: names.LEDGER_TABLE, region: names.AWS_REGION }, now),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: names.REGIONS,
  }),
  rateLimiter: dynamoRateLimiter(openTables(), names.RATE_LIMITS_TABLE),
  regions: names.REGIONS,
  now,
};

const operator = ({ username }: Caller) => ({ by: username });

const changed = (found: FoundIncident) => ({ ok: true, incident: incidentView(found) }) as const;

export const handler = api(incidentRoutes, {
  showConcern: withToken((question, { fleet }) => answerConcern(fleet, question, deps)),
  listIncidents: withToken(async () => ({
    incidents: (await listIncidents(incidentsListedDays, deps)).map(incidentView),
  })),
  openIncident: withToken(async (input, caller) =>
    changed(await openIncident(input, operator(caller), deps)),
  ),
  showIncident: withToken(async ({ incident: id }) => {
    const [found, log] = await Promise.all([findIncident(id, deps), deps.log.list(id)]);
    return { incident: incidentView(found), log: log.map(logEntryView) };
  }),
  updateIncident: withToken(async (input, caller) =>
    changed(await updateIncident(input, operator(caller), deps)),
  ),
  mergeIncident: withToken(async (input, caller) =>
    changed(await mergeIncident(input, operator(caller), deps)),
  ),
  writePostmortem: withToken(async (input, caller) =>
    changed(await writePostmortem(input, operator(caller), deps)),
  ),
  listNotices: withToken(async (input) => {
    const { notices, next } = await listNotices(input, deps);
    return { notices: notices.map(noticeView), next: next ?? null };
  }),
  replayNotices: withToken(async (input, { username: by }) => {
    await deps.log.add({ at: now(), by, action: "replay", incident: input.incident });
    const { replayed, isComplete } = await replayNotices(input, deps);
    return { ok: true, replayed, complete: isComplete };
  }),
});
