import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { sesMailer } from "#shared/aws/account/mailer.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoFanOuts, dynamoNotices, dynamoSenderLease } from "#shared/aws/notice/notices.ts";
import { dynamoSubscriptions, dynamoVerifications } from "#shared/aws/notice/subscriptions.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoIncidentRecords } from "#shared/aws/status/incidentRecords.ts";
import { httpPost } from "#shared/http/post.ts";
import { findConcern } from "#shared/notice/concern/concern.ts";
import { incidentSpan } from "#shared/notice/concern/incidentSpan.ts";
import { listIncidents } from "#shared/notice/incident/findIncident.ts";
import {
  noticeIncidentDays,
  noticeLeaseMs,
  noticeRunMs,
  noticeTimeoutSeconds,
  webhookTimeoutMs,
} from "#shared/notice/limits.ts";
import { fanOutUpdates } from "#shared/notice/outbox/fanOutUpdates.ts";
import { sendNotices } from "#shared/notice/outbox/sendNotices.ts";
import { verifyWebhooks } from "#shared/notice/subscription/verifyWebhooks.ts";
import { env } from "#shared/platform/env.ts";
import type { Incident } from "#shared/status/incident.ts";
import { pageIdOf } from "#shared/status/render/statuspageApi.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count } from "./edge/metrics.ts";
import { openKeys } from "./edge/noticeKeys.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.notify.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, OPERATIONS_TABLE: table } = names;
const globals = openGlobals(names);
const now = Date.now;
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const concerns = {
  integrations: dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE),
  rows: dynamoLedgerRows(globals, { table: names.LEDGER_TABLE, region }, now),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, { region, regions }),
  now,
};

/** The concern of a product; `undefined` if it was removed. */
const concernOf = async (id: number, incident: Incident) => {
  const product = await accounts.findProduct(id);
  return product && findConcern(product.fleet, incidentSpan(incident, now()), concerns);
};

const deps = {
  records: dynamoIncidentRecords(globals, table, now),
  notices: dynamoNotices(globals, table, now),
  fanOuts: dynamoFanOuts(globals, table, now),
  subscriptions: dynamoSubscriptions(globals, table, now),
  verifications: dynamoVerifications(globals, table, now),
  keys: openKeys(globals, names),
  mailer: names.MAIL_FROM === undefined ? undefined : sesMailer({ from: names.MAIL_FROM }),
  post: httpPost({
    targets: names.PRIVATE_TARGETS === "allowed" ? "any" : "public",
    timeoutMs: webhookTimeoutMs,
  }),
  concernOf,
  page: {
    id: pageIdOf({ title: names.STATUS_TITLE }),
    title: names.STATUS_TITLE,
    url: names.STATUS_URL,
  },
  now,
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
};
const lease = dynamoSenderLease(globals, table);

/** With one region, there is no lease to write. */
const isSender = async (): Promise<boolean> =>
  regions.length === 1 || lease.acquire({ region, now: now(), until: now() + noticeLeaseMs });

const work = async (): Promise<void> => {
  // Also in a region that does not send: the other ones need its key.
  await deps.keys.prepare().catch((error: unknown) => deps.onError("no key of this region", error));
  if (!(await isSender())) return;
  const deadline = now() + noticeRunMs;
  const incidents = (await listIncidents(noticeIncidentDays, deps)).map(({ incident }) => incident);
  const open = await fanOutUpdates(incidents, deadline, deps);
  const [{ delivered, failed, dead }] = await Promise.all([
    sendNotices(open, { incidents, deadline }, deps),
    verifyWebhooks(deadline, deps),
  ]);
  count({ NoticesDelivered: delivered, NoticesFailed: failed, NoticesDead: dead });
};

export const handler = singleRun(
  { name: "notify", timeoutSeconds: noticeTimeoutSeconds, withoutLease: "fail" },
  names,
  work,
);
