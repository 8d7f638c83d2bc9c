import { setTimeout as wait } from "node:timers/promises";
import { withSlot } from "#shared/account/caller/acquireSlot.ts";
import { apiTimeoutSeconds } from "#shared/api/limits.ts";
import { dynamoAttempts } from "#shared/aws/delivery/attempts.ts";
import {
  dynamoIntegrationMatchers,
  dynamoIntegrations,
} from "#shared/aws/delivery/integrations.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoLimitUsage } from "#shared/aws/delivery/limitUsage.ts";
import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { dynamoUsageLimits } from "#shared/aws/delivery/usageLimits.ts";
import { dynamoUsageNotices } from "#shared/aws/delivery/usageNotices.ts";
import { dynamoUsageRows } from "#shared/aws/delivery/usageRows.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { attemptsShownMax } from "#shared/delivery/limits.ts";
import { resolvePublisher } from "#shared/delivery/resolvePublisher.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { checkTimeRange } from "#shared/input/timeRange.ts";
import { addIntegration } from "#shared/integration/addIntegration.ts";
import { enableIntegration, removeIntegration } from "#shared/integration/changeIntegration.ts";
import { cloneIntegration } from "#shared/integration/cloneIntegration.ts";
import type { Changes } from "#shared/integration/draftIntegration.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import {
  filterIntegrations,
  integrationPage,
  isFiltered,
  type ListInput,
  paginate,
} from "#shared/integration/listInput.ts";
import type { FleetRouting } from "#shared/integration/model/integrations.ts";
import { patchIntegration } from "#shared/integration/patchIntegration.ts";
import { type Replaced, replaceIntegration } from "#shared/integration/replaceIntegration.ts";
import { rotateSigningSecret } from "#shared/integration/rotateSigningSecret.ts";
import { findAttempts } from "#shared/ledger/findAttempts.ts";
import { noticesShownMax } from "#shared/ledger/limit/limits.ts";
import { findLimit } from "#shared/ledger/limit/manageLimits.ts";
import { readBacklog } from "#shared/ledger/readBacklog.ts";
import { readCounters, readLedger } from "#shared/ledger/readLedger.ts";
import { readSeries, readTraffic } from "#shared/ledger/readSeries.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { versionOfRevision } from "#shared/platform/version.ts";
import { integrationRoutes } from "#shared/routes/integrationRoutes.ts";
import { seriesRoutes } from "#shared/routes/seriesRoutes.ts";
import { serviceAgreementRoutes } from "#shared/routes/serviceAgreementRoutes.ts";
import { usageLimitRoutes } from "#shared/routes/usageLimitRoutes.ts";
import { usageRoutes } from "#shared/routes/usageRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { Versioned } from "./edge/http/reply.ts";
import { usageLimitEndpoints } from "./edge/http/usageLimitEndpoints.ts";
import { logger } from "./edge/logger.ts";
import { openSecrets } from "./edge/secrets.ts";
import { showUsage } from "./edge/showUsage.ts";
import { openSlots } from "./edge/slots.ts";
import {
  createReport,
  requireAgreement,
  serviceAgreement,
  showReport,
} from "./edge/usageReports.ts";
import {
  integrationDetails,
  integrationsView,
  integrationView,
  listedView,
  signingView,
} from "./edge/views/integrationView.ts";
import { attemptView, countersView, ledgerView } from "./edge/views/ledgerView.ts";
import { notificationView } from "./edge/views/usageLimitView.ts";

const names = env.integrations.parse(process.env);
const { globals, accounts, withToken } = openCallers(names, {
  states: {
    usage_limit: async (id, { fleet }) => {
      const { fleet: _, owner: __, ...limit } = await findLimit(fleet, id, { limits });
      return limit;
    },
    integration: async (id, { fleet }) =>
      integrationDetails(await findIntegration(fleet, id, { integrations })),
  },
});
const now = Date.now;
const secrets = openSecrets(names);
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const integrations = dynamoIntegrations(globals, names.INTEGRATIONS_TABLE, secrets);
/** Without secrets, and without the key that decrypts them. */
const matchers = dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE);
const place = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const rows = dynamoLedgerRows(globals, place, now);
const attempts = dynamoAttempts(globals, place, now);
const traffic = dynamoTraffic(globals, place, now);
const usage = dynamoUsageRows(globals, place, now);
const limits = dynamoUsageLimits(globals, names.INTEGRATIONS_TABLE);
const limitUsage = dynamoLimitUsage(globals, place, now);
/** Only reads. */
const notices = dynamoUsageNotices(globals, { table: names.LEDGER_TABLE, replicas: [] });

const createIntegration = withToken<typeof integrationRoutes.createIntegration>(
  async (input, { fleet, product }) => {
    const deps = { integrations, devices, now, wait };
    const made = await addIntegration(fleet, { ...input, product: product?.id }, deps);
    return { ok: true, ...integrationView(made), ...signingView(made.signing) };
  },
);

/** A changed integration with its new version. */
const changedView = ({ integration, signing }: Replaced) =>
  new Versioned(
    { ok: true as const, ...integrationView(integration), ...signingView(signing) },
    versionOfRevision(integration),
  );

const replace = withToken<typeof integrationRoutes.replaceIntegration>(
  async ({ integration: id, ...input }, { fleet }, { expected }) => {
    const deps = { integrations, devices, now, wait };
    return changedView(await replaceIntegration({ fleet, id, expected }, input, deps));
  },
);

const readFleetRouting = async (fleet: string) => {
  const found = await integrations.fleetRouting(fleet);
  for (const [id, error] of found.unreadable) {
    logger.warn("integration cannot be read", { fleet, id, error });
  }
  return found;
};

/** Without paging the reply is an array, as Particle's clients expect; a page has a total. */
const listView = (
  found: FleetRouting,
  input: ListInput,
  { webhooksOnly = false }: { webhooksOnly?: boolean } = {},
) => {
  // An integration that cannot be read may be a webhook. Whether it matches a filter is unknown, so
  // a filtered list omits it.
  const unreadable = isFiltered(input) ? new Map<string, Error>() : found.unreadable;
  const wanted = filterIntegrations(found.integrations, input).filter(
    ({ kind }) => !webhooksOnly || kind === "Webhook",
  );
  const all = integrationsView({ integrations: wanted, unreadable });
  const page = paginate(all, input);
  if (page === undefined) return all;
  return { integrations: page.items, meta: { total_pages: page.pages, total: page.total } };
};

const listIntegrations = withToken<typeof integrationRoutes.listIntegrations>(
  async (input, { fleet }) => {
    const found = await readFleetRouting(fleet);
    const page = integrationPage(found, input, now());
    if (page === undefined) return listView(found, input);
    const { items, cursor } = page;
    return { integrations: items.map(listedView), ...(cursor !== undefined && { cursor }) };
  },
);

/** Returns the changed settings of a request, without fields of authentication and routing. */
const changesOf = (fields: Readonly<Record<string, unknown>>): Changes => {
  const { product, access_token, nonce, ...changes } = fields;
  return changes;
};

const patch = withToken<typeof integrationRoutes.patchIntegration>(
  async ({ integration: id, ...rest }, { fleet }, { expected }) => {
    const deps = { integrations, devices, now, wait };
    return changedView(await patchIntegration({ fleet, id, expected }, changesOf(rest), deps));
  },
);

const clone = withToken<typeof integrationRoutes.cloneIntegration>(
  async ({ integration: id, ...rest }, { fleet }) => {
    const deps = { integrations, devices, now, wait };
    const made = await cloneIntegration({ fleet, id }, changesOf(rest), deps);
    return { ok: true, ...integrationView(made), ...signingView(made.signing) };
  },
);

const listWebhooks = withToken<typeof integrationRoutes.listWebhooks>(async (input, { fleet }) =>
  listView(await readFleetRouting(fleet), input, { webhooksOnly: true }),
);

const showIntegration = withToken<typeof integrationRoutes.showIntegration>(
  async ({ integration: id }, { fleet }) => {
    const found = await findIntegration(fleet, id, { integrations });
    const [buckets, tried] = await Promise.all([
      readCounters(id, { rows, now }),
      attempts.list(id, attemptsShownMax),
    ]);
    const integration = {
      ...integrationDetails(found),
      counters: countersView(buckets),
      logs: tried.map(attemptView),
      errors: tried.filter(({ ok }) => !ok).map(attemptView),
    };
    return new Versioned({ integration }, versionOfRevision(found));
  },
);

const listAttempts = withToken<typeof integrationRoutes.listAttempts>(
  async ({ integration: id, limit, cursor, ...asked }, { fleet }) => {
    checkTimeRange({ from: asked.since, to: asked.until });
    await findIntegration(fleet, id, { integrations });
    const device =
      asked.device === undefined
        ? undefined
        : await resolvePublisher(fleet, asked.device, { devices });
    const query = { filter: { ...asked, device }, limit, cursor };
    const found = await findAttempts(id, query, { attempts });
    const shown = found.attempts.map(attemptView);
    return { attempts: shown, ...(found.cursor !== undefined && { cursor: found.cursor }) };
  },
);

const showLedger = withToken<typeof integrationRoutes.showLedger>(
  async ({ integration: id, ...asked }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const { buckets, ...shown } = await readLedger(id, asked, { rows, now });
    return ledgerView(buckets, shown);
  },
);

const remove = withToken<typeof integrationRoutes.removeIntegration>(
  async ({ integration: id }, { fleet }, { expected }) => {
    await removeIntegration({ fleet, id, expected }, { integrations, wait });
    return { ok: true };
  },
);

const enable = withToken<typeof integrationRoutes.enableIntegration>(
  async ({ integration: id }, { fleet }) => {
    const enabled = await enableIntegration({ fleet, id }, { integrations, now, wait });
    return { ok: true, ...integrationView(enabled) };
  },
);

const rotate = withToken<typeof integrationRoutes.rotateSigningSecret>(
  async ({ integration: id, overlap }, { fleet }) => {
    const deps = { integrations, now, wait };
    const signing = await rotateSigningSecret({ fleet, id }, { overlap }, deps);
    return { ok: true, ...signingView(signing) };
  },
);

const slotDeps = openSlots(names, accounts);

const showSeries = withToken<typeof seriesRoutes.showSeries>(
  async ({ metric, integration, device: idOrName, ...wanted }, caller) => {
    const { fleet } = caller;
    if (metric === "events" || metric === "calls") {
      const device =
        idOrName === undefined ? undefined : (await findDevice(fleet, idOrName, { devices })).id;
      return {
        metric,
        ...(await readTraffic({ fleet, device, metric }, wanted, { traffic, now })),
      };
    }
    const ids =
      integration === undefined
        ? (await matchers.fleetRouting(fleet)).integrations.map(({ id }) => id)
        : [(await findIntegration(fleet, integration, { integrations: matchers })).id];
    const lifeMs = apiTimeoutSeconds * 1_000;
    const [first = ""] = ids;
    const series = await withSlot("reads", caller, { lifeMs, deps: slotDeps }, () =>
      metric === "backlog"
        ? readBacklog(first, wanted, { rows, now })
        : readSeries(ids, wanted, { rows, now }),
    );
    return { metric, ...series };
  },
);

const usageDeps = { usage, devices, limits, limitUsage, regions: names.REGIONS, now };

const usageOf = withToken<typeof usageRoutes.showUsage>((input, { fleet }) =>
  showUsage(fleet, input, usageDeps),
);

const listServiceAgreements = withToken<typeof serviceAgreementRoutes.listServiceAgreements>(
  async (_input, caller) => ({ data: [await serviceAgreement(caller, usageDeps)] }),
);

const listOrganizationAgreements = withToken<
  typeof serviceAgreementRoutes.listOrganizationAgreements
>(async () => {
  throw new Failure("there are no organizations", { code: "not_found" });
});

const listUsageNotices = withToken<typeof serviceAgreementRoutes.listUsageNotices>(
  async ({ agreement }, caller) => {
    requireAgreement(caller.fleet, agreement);
    const found = await notices.list(caller.fleet, noticesShownMax);
    return { data: found.map((notice) => notificationView(notice, caller)) };
  },
);

const listOrganizationNotices = withToken<typeof serviceAgreementRoutes.listOrganizationNotices>(
  async () => {
    throw new Failure("there are no organizations", { code: "not_found" });
  },
);

const createUsageReport = withToken<typeof serviceAgreementRoutes.createUsageReport>(
  async (input, caller, { api: url }) => ({ data: createReport(caller, input, { api: url, now }) }),
);

const showUsageReport = withToken<typeof serviceAgreementRoutes.showUsageReport>(
  (input, caller, { api: url }) => showReport(caller, input, { ...usageDeps, api: url }),
);

export const handler = api(
  {
    ...integrationRoutes,
    ...seriesRoutes,
    ...usageRoutes,
    ...usageLimitRoutes,
    ...serviceAgreementRoutes,
  },
  {
    createIntegration,
    listIntegrations,
    listWebhooks,
    showIntegration,
    replaceIntegration: replace,
    patchIntegration: patch,
    cloneIntegration: clone,
    removeIntegration: remove,
    enableIntegration: enable,
    rotateSigningSecret: rotate,
    showLedger,
    listAttempts,
    showSeries,
    showUsage: usageOf,
    listServiceAgreements,
    listOrganizationAgreements,
    listUsageNotices,
    listOrganizationNotices,
    ...usageLimitEndpoints(withToken, { ...usageDeps, integrations: matchers, wait }),
    createUsageReport,
    showUsageReport,
  },
);
