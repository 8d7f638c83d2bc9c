import { setTimeout as wait } from "node:timers/promises";
import { sesMailer } from "#shared/aws/account/mailer.ts";
import { cloudWatchAlarmControl } from "#shared/aws/alarm/alarmControl.ts";
import { cloudWatchAlarmStates } from "#shared/aws/alarm/alarmStates.ts";
import { eventBridgeHeartbeats } from "#shared/aws/paging/heartbeatSender.ts";
import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { ssmPageSecrets } from "#shared/aws/paging/pageSecrets.ts";
import { dynamoPages } from "#shared/aws/paging/pageStore.ts";
import { httpPost } from "#shared/http/post.ts";
import { attemptMs } from "#shared/paging/limits.ts";
import { pingDuring } from "#shared/paging/ping.ts";
import { receiverList } from "#shared/paging/receiver.ts";
import { rememberedPages } from "#shared/paging/rememberedPages.ts";
import { runWatch, type WatchMemory } from "#shared/paging/runWatch.ts";
import { sendPage } from "#shared/paging/sendPage.ts";
import { watcherEvent } from "#shared/paging/watcherEvent.ts";
import { env } from "#shared/platform/env.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count } from "./edge/metrics.ts";

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
const deps = {
  region,
  regions,
  pages: rememberedPages(dynamoPages(tables, names.OPERATIONS_TABLE), onError),
  receivers: receiverList.parse(parseJson(names.PAGE_RECEIVERS)),
  send: (...given: Parameters<typeof sendNotice>) => sendNotice(...given),
  runbookOf: (anchor: string) => `${runbook}#${anchor}`,
  alarms: cloudWatchAlarmStates(onError),
  hasActions: control.hasActions,
  heartbeats,
  sendHeartbeat: eventBridgeHeartbeats(region),
  moreReadings: async () => [],
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

/**
 * The second way of pages. The schedule, a change of an alarm and a heartbeat of the watched region
 * start it.
 */
export const handler = async (given: unknown): Promise<void> => {
  const event = watcherEvent(given);
  switch (event?.kind) {
    case "heartbeat":
      return heartbeats.record({ from: event.from, by: region, at: now() });
    case "alarm":
      count({ ...(await runWatch({ isScheduled: false, changes: [event.change] }, deps, memory)) });
      return;
    case "schedule": {
      const run = () => runWatch({ isScheduled: true, changes: [] }, deps, memory);
      count({ ...(await ping(run)), ScheduledRuns: 1 });
      return;
    }
    default:
      throw new Error("the watcher does not know this event");
  }
};
