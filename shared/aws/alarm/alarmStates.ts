import * as z from "zod/mini";
import type { ActiveAlarm, AlarmStates } from "../../alarm/alarmStates.ts";
import { parseAlarmText } from "../../alarm/alarmText.ts";
import {
  alarmNamePrefix,
  alarmsReadMax,
  contributorReadsMax,
  contributorsMax,
} from "../../alarm/limits.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { type CloudWatchCall, openCloudWatch } from "./cloudWatch.ts";
import { mutedAlarms } from "./mutedAlarms.ts";

/** The members of `MetricAlarm` and `CompositeAlarm` that are read. Times are in seconds. */
const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.optional(z.string()),
  ActionsEnabled: z.optional(z.boolean()),
  AlarmActions: z.optional(z.array(z.string())),
  StateReason: z.optional(z.string()),
  StateUpdatedTimestamp: z.optional(z.number()),
  StateTransitionedTimestamp: z.optional(z.number()),
  /** Only of a composite alarm. */
  ActionsSuppressedBy: z.optional(z.string()),
  /** Only of a composite alarm. */
  AlarmRule: z.optional(z.string()),
  Metrics: z.optional(z.array(z.object({ Expression: z.optional(z.string()) }))),
});

const page = z.object({
  MetricAlarms: z.optional(z.array(alarm)),
  CompositeAlarms: z.optional(z.array(alarm)),
  NextToken: z.optional(z.string()),
});

const contributorPage = z.object({
  AlarmContributors: z.array(z.object({ ContributorAttributes: z.record(z.string(), z.string()) })),
});

/** CloudWatch's maximum. */
const recordsMax = 100;
/** Concurrent reads of contributors. */
const readsAtOnce = 4;

type Alarm = z.output<typeof alarm> & { readonly isComposite: boolean };
type State = ActiveAlarm["state"];

/**
 * The states of alarms in CloudWatch, in any region.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export const cloudWatchAlarmStates = (
  onError: (what: string, error: unknown) => void,
): AlarmStates => {
  const open = openCloudWatch();
  return {
    async active(region) {
      const call = open(region);
      const [firing, unknown] = await Promise.all([
        readAlarms(call, "ALARM"),
        readAlarms(call, "INSUFFICIENT_DATA"),
      ]);
      if (firing.length + unknown.length === 0) return [];
      const muted = firing.length === 0 ? new Set<string>() : await mutedAlarms(call, onError);
      const withParts = firing.filter(isQuery).slice(0, contributorReadsMax);
      const read = await mapConcurrently(withParts, readsAtOnce, async ({ AlarmName }) => {
        const parts = await readContributors(call, AlarmName).catch((error: unknown) => {
          // An alarm without its parts is better than no alarm.
          onError("the contributors of an alarm were not read", error);
          return [];
        });
        return [AlarmName, parts] as const;
      });
      const contributors = new Map(read);
      const describe = (one: Alarm, state: State): ActiveAlarm => ({
        name: one.AlarmName,
        region,
        text: parseAlarmText(one.AlarmDescription ?? ""),
        state,
        since: new Date((one.StateTransitionedTimestamp ?? one.StateUpdatedTimestamp ?? 0) * 1_000),
        reason: one.StateReason ?? "",
        contributors: contributors.get(one.AlarmName) ?? [],
        isComposite: one.isComposite,
        members: membersOf(one),
        hasActions: (one.AlarmActions ?? []).length > 0,
        pages: hasActions(one) && !muted.has(one.AlarmName),
      });
      return [
        ...firing.map((one) => describe(one, "ALARM")),
        ...unknown.map((one) => describe(one, "INSUFFICIENT_DATA")),
      ];
    },
  };
};

const hasActions = ({ ActionsEnabled, AlarmActions, ActionsSuppressedBy }: Alarm): boolean =>
  ActionsEnabled !== false && (AlarmActions ?? []).length > 0 && ActionsSuppressedBy === undefined;

/** The terms `ALARM("name")` of a rule. CloudWatch also accepts them without quotes. */
const membersOf = ({ AlarmRule = "" }: Alarm): string[] =>
  [...AlarmRule.matchAll(/\bALARM\(\s*"?([^")]+?)"?\s*\)/g)].map(([, name = ""]) => name);

/** Only an alarm of a metric query with groups has contributors. */
const isQuery = ({ Metrics = [] }: Alarm): boolean =>
  Metrics.some(({ Expression }) => /\bGROUP BY\b/i.test(Expression ?? ""));

const readAlarms = async (call: CloudWatchCall, StateValue: State): Promise<Alarm[]> => {
  const alarms: Alarm[] = [];
  let NextToken: string | undefined;
  do {
    const read = page.parse(
      await call("DescribeAlarms", {
        AlarmNamePrefix: alarmNamePrefix,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        StateValue,
        MaxRecords: recordsMax,
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    alarms.push(
      ...(read.MetricAlarms ?? []).map((one) => ({ ...one, isComposite: false })),
      ...(read.CompositeAlarms ?? []).map((one) => ({ ...one, isComposite: true })),
    );
    if (alarms.length > alarmsReadMax) throw new Error(`more than ${alarmsReadMax} alarms`);
    NextToken = read.NextToken;
  } while (NextToken !== undefined);
  return alarms;
};

/**
 * The parts that cause an alarm: their attributes, as `Name=value`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmContributors.html
 */
const readContributors = async (call: CloudWatchCall, AlarmName: string): Promise<string[]> => {
  const { AlarmContributors } = contributorPage.parse(
    await call("DescribeAlarmContributors", { AlarmName }),
  );
  return AlarmContributors.slice(0, contributorsMax).map(({ ContributorAttributes }) =>
    Object.entries(ContributorAttributes)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(" "),
  );
};
