import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { sesMailer } from "#shared/aws/account/mailer.ts";
import { cloudWatchAlarmControl } from "#shared/aws/alarm/alarmControl.ts";
import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import { awsDeployments } from "#shared/aws/paging/drift/deployments.ts";
import { eventBridgeHeartbeats } from "#shared/aws/paging/heartbeatSender.ts";
import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { ssmPageSecrets } from "#shared/aws/paging/pageSecrets.ts";
import { dynamoPages } from "#shared/aws/paging/pageStore.ts";
import { dynamoSelfTests } from "#shared/aws/paging/selfTests.ts";
import { httpPost } from "#shared/http/post.ts";
import { openAlarmCheck } from "#shared/paging/alarmCheck.ts";
import { openDriftCheck } from "#shared/paging/drift/driftCheck.ts";
import { findDrift } from "#shared/paging/drift/findDrift.ts";
import { openRuleCheck } from "#shared/paging/drift/ruleCheck.ts";
import { attemptMs } from "#shared/paging/limits.ts";
import { acknowledgeLatest, listPages, replayPage } from "#shared/paging/managePages.ts";
import { pingDuring } from "#shared/paging/ping.ts";
import { receiverList } from "#shared/paging/receiver.ts";
import { rememberedPages } from "#shared/paging/rememberedPages.ts";
import { watchedRegion } from "#shared/paging/ring.ts";
import { runWatch, type WatchMemory } from "#shared/paging/runWatch.ts";
import { openSecretCheck } from "#shared/paging/secretCheck.ts";
import {
  acknowledgeUrl,
  pageWay,
  selfTestIn,
  selfTestReading,
  unacknowledged,
} from "#shared/paging/selfTest.ts";
import { sendPage } from "#shared/paging/sendPage.ts";
import { runSelfTest, startSelfTest } from "#shared/paging/startSelfTest.ts";
import { watcherEvent } from "#shared/paging/watcherEvent.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count } from "./edge/metrics.ts";
import { answer, oneRequest } from "./edge/oneRequest.ts";
import { openOperations } from "./edge/operations.ts";
import { pageView } from "./edge/views/pageView.ts";

const names = env.watcher.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, RUNBOOK_URL: runbook = "docs/runbook.md" } = names;
const onError = (what: string, error: unknown): void => logger.error(what, { error });
const now = Date.now;
const tables = openGlobals(names);
const secrets = ssmPageSecrets(now, onError);
const targets = names.PRIVATE_TARGETS === "allowed" ? "any" : "public";
const post = httpPost({ targets, timeoutMs: attemptMs });
const mailer = names.MAIL_FROM === undefined ? undefined : sesMailer({ from: names.MAIL_FROM });
const control = cloudWatchAlarmControl(region);
const heartbeats = dynamoHeartbeats(tables, names.OPERATIONS_TABLE);
const selfTests = dynamoSelfTests(tables, names.OPERATIONS_TABLE);
const selfTestDeps = {
  region,
  ways: z.array(pageWay).parse(names.SELF_TEST_WAYS.split(",").filter(Boolean)),
  selfTests,
  trigger: (reason: string) => control.trigger(names.SELF_TEST_ALARM, reason),
  api: names.API_URL,
  newId: randomUUID,
  now,
};
const watched = watchedRegion(region, regions);
const alarms = cloudWatchAlarmStates(onError);
const deployments = awsDeployments(names.WATCHED_STACKS.split(","), { now });
const checkDrift = openDriftCheck({ region: watched, deployments, now, onError });
const checkRules = openRuleCheck({ region: watched, deployments, now, onError });
/** The checks of the alarms of the domain name, in a region that has no other part. */
const openEdgeChecks = (stack: string, edge: string) => {
  const given = { region: edge, deployments: awsDeployments([stack], { now }), now, onError };
  return {
    read: async () => findDrift(await given.deployments.read(edge)),
    checks: [openAlarmCheck({ ...given, alarms }), openDriftCheck(given), openRuleCheck(given)],
  };
};
const { EDGE_STACK: edgeStack, EDGE_REGION: edgeRegion } = names;
const edge = edgeStack && edgeRegion ? openEdgeChecks(edgeStack, edgeRegion) : undefined;
const readDrift = async () => [
  ...findDrift(await deployments.read(watched)),
  ...((await edge?.read()) ?? []),
];
const receivers = receiverList.parse(parseJson(names.PAGE_RECEIVERS));
const checkSecrets = openSecretCheck({ region, receivers, secrets, now, onError });
const deps = {
  region,
  regions,
  furtherRegions: edgeRegion === undefined ? [] : [edgeRegion],
  pages: rememberedPages(dynamoPages(tables, names.OPERATIONS_TABLE), { onError, now }),
  receivers,
  send: (...given: Parameters<typeof sendNotice>) => sendNotice(...given),
  runbookOf: (anchor: string) => `${runbook}#${anchor}`,
  alarms,
  hasActions: control.hasActions,
  groupedArticles: names.GROUPED_ARTICLES.split(","),
  heartbeats,
  sendHeartbeat: eventBridgeHeartbeats(region),
  tellSilence: (reason: string) => control.trigger(names.SILENCE_ALARM, reason),
  tellProblem: (reason: string) => control.trigger(names.PROBLEM_ALARM, reason),
  async moreReadings() {
    const latest = await runSelfTest(selfTestDeps);
    const unanswered = unacknowledged(latest, now());
    count({ SelfTestsUnacknowledged: unanswered.includes("watcher") ? 1 : 0 });
    // The comparison first: it reads the stacks, whose rules are then known.
    const drift = await checkDrift();
    const checks = [checkRules, checkSecrets, ...(edge?.checks ?? [])];
    const more = await Promise.all(checks.map((check) => check()));
    return [selfTestReading(latest, { region, now: now() }), ...drift, ...more.flat()];
  },
  ackUrlOf: async (reason: string) => {
    const found = selfTestIn(reason);
    if (found === undefined) return undefined;
    const given = { region: found.region, test: found.id, way: "watcher" as const };
    return acknowledgeUrl(names.API_URL, given, await selfTests.key());
  },
  now,
  wait: (ms: number) => wait(ms),
  random: Math.random,
  onError,
};
const memory: WatchMemory = {};

const sendNotice = (
  notice: Parameters<typeof sendPage>[0],
  receiver: Parameters<typeof sendPage>[1],
) => sendPage(notice, receiver, { post, secrets, mailer });

const ping = pingDuring({
  parameter: names.HEARTBEAT_URL_PARAMETER,
  secrets,
  post,
  onError,
});

const none = z.object({});
const operations = openOperations(names, tables);
const managed = { pages: deps.pages, regions, now };

/**
 * The requests of `npm run page` and `npm run status`. Their caller needs the permission to invoke
 * this function.
 */
const operate = oneRequest({
  test: answer(none, async () => {
    const test = await startSelfTest(selfTestDeps, await selfTests.latest(region));
    if (test === undefined) {
      throw new Failure("another self-test was started at the same time", { code: "conflict" });
    }
    return { test: test.id, region, ways: test.ways };
  }),
  drift: answer(none, async () => ({ rows: await readDrift() })),
  list: answer(none, async () => ({ rows: (await listPages({}, managed)).map(pageView) })),
  replay: answer(z.object({ page: z.string() }), async ({ page }) =>
    pageView(await replayPage(page, managed)),
  ),
  acknowledge: answer(z.object({ way: pageWay }), async ({ way }) => {
    const test = await acknowledgeLatest(region, way, { selfTests, now });
    return { test, region, way };
  }),
  status: answer(none, operations),
  receivers: answer(none, async () => ({
    rows: deps.receivers.map((one) => ({
      name: one.name,
      kind: one.kind,
      secret: "secret" in one ? (one.secret ?? null) : null,
    })),
  })),
});

/**
 * The second way of pages. The schedule, a change of an alarm and a heartbeat of the watched region
 * start it.
 */
export const handler = async (given: unknown): Promise<object | undefined> => {
  const event = watcherEvent(given);
  switch (event?.kind) {
    case "heartbeat":
      await heartbeats.record({ from: event.from, by: region, at: now() });
      return undefined;
    case "alarm":
      count({ ...(await runWatch({ isScheduled: false, changes: [event.change] }, deps, memory)) });
      return undefined;
    case "schedule": {
      const run = () => runWatch({ isScheduled: true, changes: [] }, deps, memory);
      count({ ...(await ping(run)), ScheduledRuns: 1 });
      return undefined;
    }
    default:
      return operate(given);
  }
};
