import * as z from "zod/mini";
import { alarmNamePrefix, alarmsReadMax, muteRulesReadMax } from "../../../alarm/limits.ts";
import type {
  DeployedRule,
  DeployedSubscription,
  Deployment,
  Deployments,
  TemplateResource,
} from "../../../paging/drift/deployment.ts";
import type { ReadonlyRecord } from "../../../paging/drift/expectedValue.ts";
import { driftMs, driftReadsAtOnce } from "../../../paging/limits.ts";
import { mapConcurrently } from "../../../platform/mapConcurrently.ts";
import { type CloudWatchCall, openCloudWatch } from "../../alarm/cloudWatch.ts";
import { isServiceError } from "../../call/call.ts";
import { openIotControl } from "../../call/iotControl.ts";
import { openJsonCaller } from "../../call/jsonCaller.ts";
import { standardRetry } from "../../platform/clients.ts";
import { readStack } from "./stacks.ts";
import { readSubscriptions } from "./subscriptions.ts";

/**
 * Deployments on AWS. `stacks` are the names of the stacks of the region that is read.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export const awsDeployments = (
  stacks: readonly string[],
  { now }: { readonly now: () => number },
): Deployments => {
  let known: { readonly at: number; readonly all: readonly TemplateResource[] } | undefined;
  const readStacks = async (region: string): Promise<TemplateResource[][]> => {
    const resources = await mapConcurrently(stacks, 1, (stack) => readStack(stack, region));
    known = { at: now(), all: resources.flat() };
    return resources;
  };
  return {
    async read(region): Promise<Deployment> {
      const cloudWatch = openCloudWatch()(region);
      const resources = await readStacks(region);
      const all = resources.flat();
      return {
        stacks: resources,
        alarms: await readAlarms(cloudWatch),
        rules: await readAllRules(all, region),
        subscriptions: await subscriptionsOf(idsOf(all, "AWS::SNS::Topic"), region),
        mutes: await readMutes(cloudWatch),
      };
    },

    async disabledRules(region) {
      const isKnown = known !== undefined && now() - known.at < driftMs;
      const all = isKnown ? (known?.all ?? []) : (await readStacks(region)).flat();
      const rules = await readAllRules(all, region);
      return [...rules].flatMap(([name, { isEnabled }]) => (isEnabled ? [] : [name]));
    },
  };
};

/** The rules of EventBridge and the topic rules that exist. */
const readAllRules = async (
  all: readonly TemplateResource[],
  region: string,
): Promise<Map<string, DeployedRule>> =>
  new Map([
    ...(await readRules(idsOf(all, "AWS::Events::Rule"), region)),
    ...(await readTopicRules(idsOf(all, "AWS::IoT::TopicRule"), region)),
  ]);

const readTopicRules = async (
  names: readonly string[],
  region: string,
): Promise<[string, DeployedRule][]> => {
  if (names.length === 0) return [];
  const iot = openIotControl(standardRetry, region);
  const read = await mapConcurrently(names, driftReadsAtOnce, async (name) => {
    const isDisabled = await iot.isRuleDisabled(name);
    const found: [string, DeployedRule] = [name, { isEnabled: !isDisabled, targets: [] }];
    return isDisabled === undefined ? [] : [found];
  });
  return read.flat();
};

const idsOf = (resources: readonly TemplateResource[], type: TemplateResource["type"]): string[] =>
  resources.flatMap((one) =>
    one.type === type && one.physicalId !== undefined ? [one.physicalId] : [],
  );

const alarmPage = z.object({
  MetricAlarms: z.optional(z.array(z.record(z.string(), z.unknown()))),
  CompositeAlarms: z.optional(z.array(z.record(z.string(), z.unknown()))),
  NextToken: z.optional(z.string()),
});

/** CloudWatch's maximum. */
const recordsMax = 100;

const readAlarms = async (call: CloudWatchCall): Promise<Map<string, ReadonlyRecord>> => {
  const alarms = new Map<string, ReadonlyRecord>();
  let NextToken: string | undefined;
  do {
    const read = alarmPage.parse(
      await call("DescribeAlarms", {
        AlarmNamePrefix: alarmNamePrefix,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        MaxRecords: recordsMax,
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    for (const alarm of [...(read.MetricAlarms ?? []), ...(read.CompositeAlarms ?? [])]) {
      alarms.set(String(alarm.AlarmName), alarm);
    }
    if (alarms.size > alarmsReadMax) throw new Error(`more than ${alarmsReadMax} alarms`);
    NextToken = read.NextToken;
  } while (NextToken !== undefined);
  return alarms;
};

const rule = z.object({ State: z.string() });
const targets = z.object({ Targets: z.optional(z.array(z.object({ Arn: z.string() }))) });

/**
 * The rules that exist. A rule has at most five targets: one page.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html
 */
const readRules = async (
  names: readonly string[],
  region: string,
): Promise<Map<string, DeployedRule>> => {
  const service = { name: "events", variable: "EVENTBRIDGE", target: "AWSEvents" } as const;
  const call = openJsonCaller({ ...service, version: "1.1" }, standardRetry, region);
  const read = await mapConcurrently(names, driftReadsAtOnce, async (name) => {
    try {
      const { State } = rule.parse(await call("DescribeRule", { Name: name }));
      const { Targets = [] } = targets.parse(await call("ListTargetsByRule", { Rule: name }));
      const found = { isEnabled: State !== "DISABLED", targets: Targets.map(({ Arn }) => Arn) };
      return [[name, found] as const];
    } catch (error) {
      if (isServiceError(error, "ResourceNotFoundException")) return [];
      throw error;
    }
  });
  return new Map(read.flat());
};

const subscriptionsOf = async (
  topics: readonly string[],
  region: string,
): Promise<Map<string, readonly DeployedSubscription[]>> => {
  const read = await mapConcurrently(topics, driftReadsAtOnce, async (topic) => {
    const found = await readSubscriptions(topic, region);
    return found === undefined ? [] : [[topic, found] as const];
  });
  return new Map(read.flat());
};

const muteRules = z.object({
  AlarmMuteRuleSummaries: z.optional(z.array(z.object({ AlarmMuteRuleArn: z.string() }))),
});
const muteRule = z.object({
  MuteTargets: z.optional(z.object({ AlarmNames: z.array(z.string()) })),
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListAlarmMuteRules.html */
const readMutes = async (call: CloudWatchCall): Promise<Map<string, readonly string[]>> => {
  const { AlarmMuteRuleSummaries = [] } = muteRules.parse(
    await call("ListAlarmMuteRules", { Statuses: ["ACTIVE"], MaxRecords: muteRulesReadMax }),
  );
  const names = AlarmMuteRuleSummaries.map(
    ({ AlarmMuteRuleArn: arn }) => arn.split(":alarm-mute-rule:").at(-1) ?? arn,
  );
  const read = await mapConcurrently(names, driftReadsAtOnce, async (name) => {
    const found = muteRule.parse(await call("GetAlarmMuteRule", { AlarmMuteRuleName: name }));
    return [name, found.MuteTargets?.AlarmNames ?? []] as const;
  });
  return new Map(read);
};
