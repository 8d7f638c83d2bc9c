import * as z from "zod/mini";
import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoIncidentStore } from "#shared/aws/notice/incidentStore.ts";
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
import {
  incidentInput,
  incidentUpdateInput,
  mergeInput,
  oneIncident,
  postmortemInput,
} from "#shared/notice/incident/incidentInput.ts";
import { incidentsListedDays } from "#shared/notice/limits.ts";
import { listNotices } from "#shared/notice/outbox/listNotices.ts";
import { noticeStates } from "#shared/notice/outbox/notice.ts";
import { replayNotices } from "#shared/notice/outbox/replayNotices.ts";
import { answer } from "./oneRequest.ts";
import type { recordAdmin } from "./recordAdmin.ts";
import { incidentView, logEntryView, noticeView } from "./views/incidentView.ts";

/** The owner of the deployment, who may invoke the admin function. */
const operator = { by: "operator" };

const noticesInput = z.object({
  ...oneIncident.shape,
  state: z.optional(z.enum(noticeStates)),
  after: z.optional(z.string().check(z.maxLength(200))),
});

/** An incident as a row of a table. */
const row = ({ incident }: FoundIncident) => ({
  id: incident.id,
  type: incident.type,
  name: incident.name,
  status: incident.status,
  impact: incident.impact,
  started_at: new Date(incident.startedAt).toISOString(),
});

/** The requests of the admin function about incidents. */
export const adminIncidents = (
  db: Tables,
  {
    table,
    regions,
    change,
  }: { table: string; regions: readonly string[]; change: ReturnType<typeof recordAdmin> },
) => {
  const now = Date.now;
  const deps = {
    ...dynamoIncidentStore(db, table, now),
    regions,
    now,
  };
  return {
    listIncidents: answer(z.object({}), async () => ({
      rows: (await listIncidents(incidentsListedDays, deps)).map(row),
    })),
    showIncident: answer(oneIncident, async ({ incident: id }) => {
      const [found, log] = await Promise.all([findIncident(id, deps), deps.log.list(id)]);
      return { ...incidentView(found), log: log.map(logEntryView) };
    }),
    openIncident: change("incident.create", incidentInput, async (input) =>
      incidentView(await openIncident(input, operator, deps)),
    ),
    updateIncident: change("incident.update", incidentUpdateInput, async (input) =>
      incidentView(await updateIncident(input, operator, deps)),
    ),
    mergeIncident: change("incident.update", mergeInput, async (input) =>
      incidentView(await mergeIncident(input, operator, deps)),
    ),
    writePostmortem: change("incident.update", postmortemInput, async (input) =>
      incidentView(await writePostmortem(input, operator, deps)),
    ),
    listNotices: answer(noticesInput, async (input) => {
      const { notices, next } = await listNotices(input, deps);
      return { rows: notices.map(noticeView), next };
    }),
    replayNotices: change("notice.replay", oneIncident, async ({ incident }) => {
      await deps.log.add({ at: now(), ...operator, action: "replay", incident });
      const { replayed, isComplete } = await replayNotices({ incident }, deps);
      return { incident, replayed, complete: isComplete };
    }),
  };
};
