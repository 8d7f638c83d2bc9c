import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { knowCaller } from "#shared/account/caller/knowCaller.ts";
import { readArchive, readableSpan } from "#shared/archive/readArchive.ts";
import { setArchive } from "#shared/archive/setArchive.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { dynamoAttempts } from "#shared/aws/delivery/attempts.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrations } from "#shared/aws/delivery/integrations.ts";
import { dynamoJobs } from "#shared/aws/delivery/jobs.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { s3Archive } from "#shared/aws/event/archive.ts";
import { dynamoArchiveSettings } from "#shared/aws/event/archiveSettings.ts";
import { openQueues, sqsJobs } from "#shared/aws/event/queues.ts";
import { kmsSecrets } from "#shared/aws/platform/secrets.ts";
import { openTables } from "#shared/aws/platform/tables.ts";
import { countDeadLetters } from "#shared/delivery/countDeadLetters.ts";
import { keyOf } from "#shared/delivery/deadLetter.ts";
import type { DeadLetterFilter } from "#shared/delivery/deadLetterFilter.ts";
import {
  findDeadLetter,
  findDeadLetters,
  removeDeadLetters,
} from "#shared/delivery/findDeadLetters.ts";
import { attemptsShownMax, deadLettersPerPageMax } from "#shared/delivery/limits.ts";
import { archiveDaysDefault, archiveDaysMax, archiveDaysMin } from "#shared/event/limits.ts";
import { flag } from "#shared/input/flag.ts";
import { time } from "#shared/input/time.ts";
import { wholeNumber } from "#shared/input/wholeNumber.ts";
import { addIntegration } from "#shared/integration/addIntegration.ts";
import { cloneIntegration } from "#shared/integration/cloneIntegration.ts";
import type { Changes } from "#shared/integration/draftIntegration.ts";
import { enableIntegration } from "#shared/integration/enableIntegration.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import { integrationInput, replacementInput } from "#shared/integration/integrationInput.ts";
import {
  isFiltered,
  listed,
  listInput,
  pageOfList,
  webhookListInput,
} from "#shared/integration/listInput.ts";
import { patchIntegration } from "#shared/integration/patchIntegration.ts";
import { removeIntegration } from "#shared/integration/removeIntegration.ts";
import { replaceIntegration } from "#shared/integration/replaceIntegration.ts";
import { rotateSigningSecret, rotationInput } from "#shared/integration/rotateSigningSecret.ts";
import { countArchived } from "#shared/job/countArchived.ts";
import { backfillCost, replayCost } from "#shared/job/jobCost.ts";
import { findJob, listJobs } from "#shared/job/listJobs.ts";
import { filterInput, jobInput } from "#shared/job/replayInput.ts";
import { startJob } from "#shared/job/startJob.ts";
import { readCounters, readLedger } from "#shared/ledger/readLedger.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { deviceOfFilter } from "#shared/preview/deviceOfFilter.ts";
import { openDeadLetters, openGlobals } from "./edge/globals.ts";
import { api, signedIn } from "./edge/http/api.ts";
import { logger } from "./edge/logger.ts";
import { sealedIncompletely } from "./edge/sealedIncompletely.ts";
import {
  deadLetterView,
  integrationDetails,
  integrationsView,
  integrationView,
  signingView,
} from "./edge/views/integrationView.ts";
import { jobView, planView } from "./edge/views/jobView.ts";
import { attemptView, countersView, ledgerView } from "./edge/views/ledgerView.ts";

const names = env.integrations.parse(process.env);
const tables = openTables();
const globals = openGlobals(names);
const now = Date.now;
const secrets = kmsSecrets({
  key: names.SECRETS_KEY,
  region: names.AWS_REGION,
  regions: names.REGIONS,
  now,
  onIncomplete: sealedIncompletely,
});
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const integrations = dynamoIntegrations(globals, names.INTEGRATIONS_TABLE, secrets);
const deadLetters = dynamoDeadLetters(openDeadLetters(names), names.DEAD_LETTERS_TABLE, now);
const place = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const rows = dynamoLedgerRows(globals, place, now);
const attempts = dynamoAttempts(globals, place, now);
const jobs = dynamoJobs(tables, names.DEAD_LETTERS_TABLE, { region: names.AWS_REGION, now });
const jobQueue = sqsJobs(openQueues(), names.JOBS_QUEUE_URL);
const jobDeps = { jobs, jobQueue, region: names.AWS_REGION, now };
const archive = s3Archive(names.ARCHIVE_BUCKET);
const archiveSettings = dynamoArchiveSettings(tables, names.INTEGRATIONS_TABLE);
const withToken = signedIn(knowCaller({ accounts, teams, now }));

const one = z.object({ integration: z.string().max(64) });
const page = one.extend({
  limit: wholeNumber(1, deadLettersPerPageMax).default(deadLettersPerPageMax),
  after: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, "must be the next of another page")
    .optional(),
});

const range = one.extend({ from: time.optional(), to: time.optional() });

const create = withToken(
  integrationInput,
  async (input, { fleet, product }) => {
    const deps = { integrations, devices, now, wait };
    const made = await addIntegration(fleet, { ...input, product: product?.id }, deps);
    return { ok: true, ...integrationView(made), ...signingView(made.signing) };
  },
  201,
);

const replace = withToken(replacementInput, async ({ integration: id, ...input }, caller) => {
  const deps = { integrations, devices, now, wait };
  const replaced = await replaceIntegration({ fleet: caller.fleet, id }, input, deps);
  return { ok: true, ...integrationView(replaced.integration), ...signingView(replaced.signing) };
});

const outletsOf = async (fleet: string) => {
  const found = await integrations.outlets(fleet);
  for (const [id, error] of found.unreadable) {
    logger.warn("integration cannot be read", { fleet, id, error });
  }
  return found;
};

/** The whole list is bare, as Particle's clients expect it; a page of it says how many there are. */
const listOf = async (
  fleet: string,
  input: z.output<typeof listInput>,
  { webhooksOnly = false }: { webhooksOnly?: boolean } = {},
) => {
  const found = await outletsOf(fleet);
  // An integration that cannot be read may be a webhook. Whether it matches a filter is unknown, so a filtered list omits it.
  const unreadable = isFiltered(input) ? new Map<string, Error>() : found.unreadable;
  const wanted = listed(found.integrations, input).filter(
    ({ kind }) => !webhooksOnly || kind === "Webhook",
  );
  const all = integrationsView({ integrations: wanted, unreadable });
  const page = pageOfList(all, input);
  if (page === undefined) return all;
  return { integrations: page.items, meta: { total_pages: page.pages, total: page.total } };
};

const list = withToken(listInput, (input, { fleet }) => listOf(fleet, input));

/** What a request changes: its own fields, without those that others read. */
const changesOf = (fields: Readonly<Record<string, unknown>>): Changes => {
  const { product, access_token, nonce, ...changes } = fields;
  return changes;
};

const patch = withToken(z.looseObject(one.shape), async ({ integration: id, ...rest }, caller) => {
  const deps = { integrations, devices, now, wait };
  const patched = await patchIntegration({ fleet: caller.fleet, id }, changesOf(rest), deps);
  return { ok: true, ...integrationView(patched.integration), ...signingView(patched.signing) };
});

const clone = withToken(
  z.looseObject(one.shape),
  async ({ integration: id, ...rest }, { fleet }) => {
    const deps = { integrations, devices, now, wait };
    const made = await cloneIntegration({ fleet, id }, changesOf(rest), deps);
    return { ok: true, ...integrationView(made), ...signingView(made.signing) };
  },
  201,
);

const listWebhooks = withToken(webhookListInput, (input, { fleet }) =>
  listOf(fleet, input, { webhooksOnly: true }),
);

const show = withToken(one, async ({ integration: id }, { fleet }) => {
  const found = await findIntegration(fleet, id, { integrations });
  const [buckets, tried] = await Promise.all([
    readCounters(id, { rows, now }),
    attempts.list(id, attemptsShownMax),
  ]);
  return {
    integration: {
      ...integrationDetails(found),
      counters: countersView(buckets),
      logs: tried.map(attemptView),
      errors: tried.filter(({ ok }) => !ok).map(attemptView),
    },
  };
});

const showLedger = withToken(range, async ({ integration: id, ...asked }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  const { buckets, ...shown } = await readLedger(id, asked, { rows, now });
  return ledgerView(buckets, shown);
});

const remove = withToken(one, async ({ integration: id }, { fleet }) => {
  await removeIntegration(fleet, id, { integrations, wait });
  return { ok: true };
});

const enable = withToken(one, async ({ integration: id }, { fleet }) => {
  const enabled = await enableIntegration({ fleet, id }, { integrations, now, wait });
  return { ok: true, ...integrationView(enabled) };
});

const rotate = withToken(
  rotationInput.extend(one.shape),
  async ({ integration: id, overlap }, { fleet }) => {
    const deps = { integrations, now, wait };
    const signing = await rotateSigningSecret({ fleet, id }, { overlap }, deps);
    return { ok: true, ...signingView(signing) };
  },
);

/** A filter with the id of the device that it names. */
const meantBy = async (filter: DeadLetterFilter, fleet: string): Promise<DeadLetterFilter> =>
  filter.device === undefined
    ? filter
    : { ...filter, device: await deviceOfFilter(fleet, filter.device, { devices }) };

const listDeadLetters = withToken(
  page.extend(filterInput.shape),
  async ({ integration: id, limit, after, ...asked }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const filter = await meantBy(asked, fleet);
    const found = await findDeadLetters(id, { filter, limit, after }, { deadLetters });
    return {
      dead_letters: found.deadLetters.map(deadLetterView),
      unreadable: found.unreadable ?? 0,
      next: found.next ?? null,
    };
  },
);

const oneLetter = one.extend({ letter: z.string().max(100) });

const showDeadLetter = withToken(oneLetter, async ({ integration: id, letter }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  return { dead_letter: deadLetterView(await findDeadLetter(id, letter, { deadLetters, now })) };
});

const removeDeadLetter = withToken(oneLetter, async ({ integration: id, letter }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  const found = await findDeadLetter(id, letter, { deadLetters, now });
  await deadLetters.remove(id, [keyOf(found)]);
  return { ok: true };
});

/** Removes what a filter means; without one, all of them, when that is what the request says. */
const removeByFilter = withToken(
  one.extend({ ...filterInput.shape, plan: z._default(flag, false), all: z._default(flag, false) }),
  async ({ integration: id, plan, all, ...asked }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const isAll = Object.values(asked).every((value) => value === undefined);
    if (!plan && isAll !== all) {
      const message = isAll
        ? "all: must be true when there is no filter: every dead letter is deleted"
        : "all: does not go together with a filter";
      throw new Failure(message, { code: "invalid_request" });
    }
    // What becomes a dead letter from now on is not meant.
    const filter = await meantBy(asked, fleet);
    const meant = { ...filter, to: Math.min(filter.to ?? now(), now()) };
    if (plan) {
      const { count, atLeast } = await countDeadLetters(id, meant, { deadLetters, now });
      return { plan: true, count, at_least: atLeast };
    }
    return { ok: true, ...(await removeDeadLetters(id, meant, { deadLetters, now })) };
  },
);

const replay = withToken(
  one.extend({ ...filterInput.shape, ...jobInput }),
  async ({ integration: id, plan, perSecond, ...asked }, { fleet }) => {
    const integration = await findIntegration(fleet, id, { integrations });
    const filter = await meantBy(asked, fleet);
    // What becomes a dead letter from now on, because it fails again, is not meant.
    const meant = { ...filter, to: Math.min(filter.to ?? now(), now()) };
    const counted = await countDeadLetters(id, meant, { deadLetters, now });
    const dollars = replayCost({ ...counted, regions: names.REGIONS.length });
    if (plan) return planView(counted, { perSecond, dollars });
    const work = { kind: "replay" as const, filter: meant };
    const job = await startJob(integration, { work, perSecond, counted }, jobDeps);
    return { ok: true, job: jobView(job, now()) };
  },
  ({ plan }) => (plan ? 200 : 202),
);

const backfill = withToken(
  one.extend({ from: time, to: time.optional(), ...jobInput }),
  async ({ integration: id, plan, perSecond, from, to }, { fleet }) => {
    const integration = await findIntegration(fleet, id, { integrations });
    const span = await spanOf(fleet, { from, to });
    const archiveReader = readArchive({ archive });
    const counted = await countArchived(integration, span, { archiveReader, now });
    if (plan) return planView(counted, { perSecond, dollars: backfillCost(counted) });
    const work = { kind: "backfill" as const, ...span };
    const job = await startJob(integration, { work, perSecond, counted }, jobDeps);
    return { ok: true, job: jobView(job, now()) };
  },
  ({ plan }) => (plan ? 200 : 202),
);

/** What of a span is archived. Fails with `invalid_request` where nothing is. */
const spanOf = async (fleet: string, { from, to }: { from: number; to?: number | undefined }) => {
  const setting = await archiveSettings.find(fleet);
  if (setting === undefined) {
    throw new Failure("Events of this fleet are not archived", { code: "invalid_request" });
  }
  return readableSpan({ from, to: to ?? now() }, setting, now());
};

const showArchive = withToken(z.object({}), async (_, { fleet }) => {
  const setting = await archiveSettings.find(fleet);
  return { archive: setting ?? { enabled: false, days: archiveDaysDefault } };
});

const changeArchive = withToken(
  z.object({
    enabled: flag,
    days: wholeNumber(archiveDaysMin, archiveDaysMax).default(archiveDaysDefault),
  }),
  async ({ enabled, days }, { fleet }) => {
    await setArchive(fleet, { enabled, days }, { archiveSettings, wait });
    return { ok: true, archive: { enabled, days } };
  },
);

const listOfJobs = withToken(one, async ({ integration: id }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  const found = await listJobs({ fleet, id }, jobDeps);
  return { jobs: found.map((job) => jobView(job, now())) };
});

const oneJob = one.extend({ job: z.string().max(64) });

const showJob = withToken(oneJob, async ({ integration: id, job }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  return { job: jobView(await findJob({ fleet, id }, job, jobDeps), now()) };
});

const stopJob = withToken(oneJob, async ({ integration: id, job }, { fleet }) => {
  await findIntegration(fleet, id, { integrations });
  await findJob({ fleet, id }, job, jobDeps);
  await jobs.stop(fleet, job);
  return { ok: true };
});

export const handler = api<"integrations">({
  "PATCH /v1/integrations/{integration}": patch,
  "PATCH /v1/webhooks/{integration}": patch,
  "POST /v1/integrations/{integration}/clone": clone,
  "DELETE /v1/integrations/{integration}/dead-letters": removeByFilter,
  "GET /v1/integrations/{integration}/dead-letters/{letter}": showDeadLetter,
  "DELETE /v1/integrations/{integration}/dead-letters/{letter}": removeDeadLetter,
  "PATCH /v1/products/{product}/integrations/{integration}": patch,
  "PATCH /v1/products/{product}/webhooks/{integration}": patch,
  "POST /v1/products/{product}/integrations/{integration}/clone": clone,
  "DELETE /v1/products/{product}/integrations/{integration}/dead-letters": removeByFilter,
  "GET /v1/products/{product}/integrations/{integration}/dead-letters/{letter}": showDeadLetter,
  "DELETE /v1/products/{product}/integrations/{integration}/dead-letters/{letter}":
    removeDeadLetter,
  "POST /v1/integrations": create,
  "GET /v1/integrations": list,
  "GET /v1/integrations/{integration}": show,
  "PUT /v1/integrations/{integration}": replace,
  "DELETE /v1/integrations/{integration}": remove,
  "GET /v1/integrations/{integration}/dead-letters": listDeadLetters,
  "GET /v1/integrations/{integration}/ledger": showLedger,
  "POST /v1/integrations/{integration}/dead-letters/replay": replay,
  "GET /v1/integrations/{integration}/jobs": listOfJobs,
  "GET /v1/integrations/{integration}/jobs/{job}": showJob,
  "DELETE /v1/integrations/{integration}/jobs/{job}": stopJob,
  "POST /v1/products/{product}/integrations/{integration}/dead-letters/replay": replay,
  "GET /v1/products/{product}/integrations/{integration}/jobs": listOfJobs,
  "GET /v1/products/{product}/integrations/{integration}/jobs/{job}": showJob,
  "DELETE /v1/products/{product}/integrations/{integration}/jobs/{job}": stopJob,
  "POST /v1/integrations/{integration}/backfill": backfill,
  "GET /v1/archive": showArchive,
  "PUT /v1/archive": changeArchive,
  "POST /v1/products/{product}/integrations/{integration}/backfill": backfill,
  "GET /v1/products/{product}/archive": showArchive,
  "PUT /v1/products/{product}/archive": changeArchive,
  "POST /v1/integrations/{integration}/signing-secret": rotate,
  "POST /v1/integrations/{integration}/enable": enable,
  "POST /v1/products/{product}/integrations/{integration}/signing-secret": rotate,
  "POST /v1/products/{product}/integrations/{integration}/enable": enable,
  "POST /v1/products/{product}/integrations": create,
  "GET /v1/products/{product}/integrations": list,
  "GET /v1/products/{product}/integrations/{integration}": show,
  "PUT /v1/products/{product}/integrations/{integration}": replace,
  "DELETE /v1/products/{product}/integrations/{integration}": remove,
  "GET /v1/products/{product}/integrations/{integration}/dead-letters": listDeadLetters,
  "GET /v1/products/{product}/integrations/{integration}/ledger": showLedger,
  "POST /v1/webhooks": create,
  "GET /v1/webhooks": listWebhooks,
  "GET /v1/webhooks/{integration}": show,
  "PUT /v1/webhooks/{integration}": replace,
  "DELETE /v1/webhooks/{integration}": remove,
  "POST /v1/products/{product}/webhooks": create,
  "GET /v1/products/{product}/webhooks": listWebhooks,
  "GET /v1/products/{product}/webhooks/{integration}": show,
  "PUT /v1/products/{product}/webhooks/{integration}": replace,
  "DELETE /v1/products/{product}/webhooks/{integration}": remove,
});
