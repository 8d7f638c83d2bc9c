import type * as z from "zod/mini";
import { withSlot } from "#shared/account/caller/acquireSlot.ts";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { apiTimeoutSeconds } from "#shared/api/limits.ts";
import { defaultArchiveSetting } from "#shared/archive/changeArchiveSetting.ts";
import { exploreArchive } from "#shared/archive/exploreArchive.ts";
import { readArchive } from "#shared/archive/readArchive.ts";
import { dynamoIntegrations } from "#shared/aws/delivery/integrations.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { dynamoRecentEvents } from "#shared/aws/event/recentEvents.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { resolvePublisher } from "#shared/delivery/resolvePublisher.ts";
import { httpPost } from "#shared/http/post.ts";
import { changedIntegration, draftIntegration } from "#shared/integration/draftIntegration.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { firmwareVersionCache } from "#shared/integration/request/firmwareVersionCache.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { explicitSettings } from "#shared/integration/secret/restoreSecrets.ts";
import { env } from "#shared/platform/env.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { previewIntegration } from "#shared/preview/previewIntegration.ts";
import { sampleEvent, type sampleInput, withSenderId } from "#shared/preview/sampleEvent.ts";
import { sampleArchive, sampleRecent } from "#shared/preview/sampleEvents.ts";
import { testIntegration } from "#shared/preview/testIntegration.ts";
import { archiveEventRoutes } from "#shared/routes/archiveEventRoutes.ts";
import {
  type PreviewBody,
  previewRoutes,
  type SamplingInput,
} from "#shared/routes/previewRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { openSecrets } from "./edge/secrets.ts";
import { openSlots } from "./edge/slots.ts";
import { eventPreviewView, testResultView } from "./edge/views/previewView.ts";
import { storedEventView } from "./edge/views/storedEventView.ts";

/*
 * Tests and previews of integrations, and lists of archived events. A separate function, because a
 * test takes as long as its target, and lists of integrations must not wait for that.
 */
const names = env.previews.parse(process.env);
const { globals, accounts, withToken } = openCallers(names);
const tables = openTables();
const now = Date.now;
const secrets = openSecrets(names);
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const integrations = dynamoIntegrations(globals, names.INTEGRATIONS_TABLE, secrets);
const recentEvents = dynamoRecentEvents(tables, names.RECENT_TABLE, now);
const post = httpPost({ targets: names.PRIVATE_TARGETS === "allowed" ? "any" : "public" });
const token = targetTokenCache({ now });
const sessions = dynamoSessions(globals, names.SESSIONS_TABLE, {
  region: names.AWS_REGION,
  regions: names.REGIONS,
});
const versions = firmwareVersionCache({ sessions, now });
const archive = s3Archive(names.ARCHIVE_BUCKET);
const archiveSettings = dynamoArchiveSettings(tables, names.INTEGRATIONS_TABLE);
const deps = openSlots(names, accounts);

const withTestSlot = <Done>(caller: Caller, work: () => Promise<Done>): Promise<Done> =>
  withSlot("tests", caller, { lifeMs: apiTimeoutSeconds * 1_000, deps }, work);

/** Returns real events of a fleet, from its archive or the recent ones. */
const sampled = async (integration: Integration, limit: number) => {
  const setting = await archiveSettings.find(integration.fleet);
  const archived = setting?.enabled
    ? await sampleArchive(integration, limit, { archive, now })
    : [];
  if (archived.length > 0) return { from: "archive" as const, events: archived };
  return {
    from: "recent" as const,
    events: await sampleRecent(integration, limit, { recentEvents, now }),
  };
};

const sampleOf = async (integration: Integration, event: z.output<typeof sampleInput>) =>
  sampleEvent(integration, await withSenderId(event, integration.fleet, { devices }), now());

/** Previews the given event, or otherwise real events of the fleet. */
const previewed = async (
  integration: Integration,
  { event, limit }: SamplingInput,
  how: { given: readonly string[]; stored: boolean },
): Promise<PreviewBody> => {
  const { from, events } =
    event === undefined
      ? await sampled(integration, limit)
      : { from: "given" as const, events: [await sampleOf(integration, event)] };
  return {
    events: (await previewIntegration(integration, events, { ...how, versions })).map(
      eventPreviewView,
    ),
    from,
    ...(events.length === 0 && { note: noEvents }),
  };
};

const noEvents =
  "No events are stored. Events are stored for 10 minutes while an event stream of the fleet is open, or in its archive. Otherwise, send an event.";

const preview = withToken<typeof previewRoutes.previewIntegration>(
  async ({ integration: id, template, ...asked }, caller) => {
    const { fleet } = caller;
    const stored = await findIntegration(fleet, id, { integrations });
    const changed = await changedIntegration(stored, template, { devices });
    const how = { given: explicitSettings(template), stored: true };
    return withTestSlot(caller, () => previewed(changed, asked, how));
  },
);

const previewNew = withToken<typeof previewRoutes.previewNewIntegration>(
  async ({ template, ...asked }, caller) => {
    const { fleet, product } = caller;
    const input = { ...template, product: product?.id };
    const draft = await draftIntegration(fleet, input, { devices, now });
    const how = { given: Object.keys(template), stored: false };
    return withTestSlot(caller, () => previewed(draft, asked, how));
  },
);

const test = withToken<typeof previewRoutes.testIntegration>(
  async ({ integration: id, event }, caller) => {
    const integration = await findIntegration(caller.fleet, id, { integrations });
    const sample = await sampleOf(integration, event);
    return withTestSlot(caller, async () =>
      testResultView(await testIntegration(integration, sample, { post, token, versions, now })),
    );
  },
);

const listArchived = withToken<typeof archiveEventRoutes.listArchivedEvents>(
  async ({ device: idOrName, ...asked }, caller) => {
    const { fleet } = caller;
    const device = idOrName && (await resolvePublisher(fleet, idOrName, { devices }));
    const setting = (await archiveSettings.find(fleet)) ?? defaultArchiveSetting;
    return withTestSlot(caller, async () => {
      const reader = readArchive({ archive });
      const query = { ...asked, device };
      const { events, cursor } = await exploreArchive(fleet, query, { setting, reader, now });
      return { events: events.map(storedEventView), ...omitUndefined({ cursor }) };
    });
  },
);

export const handler = api(
  { ...previewRoutes, ...archiveEventRoutes },
  {
    previewNewIntegration: previewNew,
    previewIntegration: preview,
    testIntegration: test,
    listArchivedEvents: listArchived,
  },
);
