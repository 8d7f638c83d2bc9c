import type { AlarmText } from "../../shared/alarm/alarmText.ts";
import type { Check } from "../../shared/objective/check.ts";
import { objectives } from "../../shared/objective/objectives.ts";

/** The text of a composite alarm. */
interface Group extends AlarmText {
  /** Articles of other alarms of the group. */
  readonly others?: readonly string[];
}

/** The article of the canary's own alarms. */
export const canarySilentRunbook = "the-canary-does-not-run";

/** The group of the alarms of an objective. */
const groupOfObjective = (check: Check): Group => {
  const { name, severity, components, runbook } = objectives[check];
  const sentence = `${name} fails, measured by the canary.`;
  return { sentence, severity, components, runbook };
};

/**
 * The groups of alarms that start together when one thing fails. A composite alarm pages for the
 * group of a stack; the alarms of the group do not page by themselves. The page names the alarm of
 * the group that started first, and its article lists the others.
 *
 * Every alarm with an article of a group belongs to it: `Pages` recognizes by it which ends it
 * sends. See docs/adr/0058-alarms-by-contributor.md.
 */
export const alarmGroups = {
  FunctionsFail: {
    sentence: "A function fails.",
    severity: "error",
    components: ["connectivity", "events", "integrations", "calls", "streams", "api", "management"],
    runbook: "a-function-fails",
  },
  SchedulesStopped: {
    sentence: "A schedule does not run.",
    severity: "error",
    components: ["connectivity", "events", "integrations", "management"],
    runbook: "the-schedule-does-not-run",
  },
  // The id of its composite alarm begins like the ids of the canary, which one machine can omit.
  CanaryStopped: {
    sentence: "The canary does not run: the objectives of a region are not measured.",
    severity: "warning",
    components: [],
    runbook: canarySilentRunbook,
  },
  QueuesStopped: {
    sentence: "The messages of a queue are not processed.",
    severity: "critical",
    components: ["connectivity", "events", "integrations", "management"],
    runbook: "a-queue-is-not-processed",
  },
  QueuesBehind: {
    sentence: "A queue falls behind.",
    severity: "error",
    components: ["connectivity", "events", "integrations", "management"],
    runbook: "a-queue-falls-behind",
  },
  RulesFail: {
    sentence: "A rule cannot write messages to its queue or table.",
    severity: "error",
    components: ["connectivity", "events", "integrations", "calls", "management"],
    runbook: "a-rule-fails",
  },
  RulesLose: {
    sentence: "A rule loses messages.",
    severity: "critical",
    components: ["connectivity", "events", "integrations", "calls", "management"],
    runbook: "a-rule-loses-events",
    others: ["a-rule-is-throttled"],
  },
  CanaryConnect: groupOfObjective("connect"),
  CanaryEvent: groupOfObjective("event"),
  CanaryWebhook: groupOfObjective("webhook"),
  // The function and the variable have one article.
  CanaryCall: {
    ...groupOfObjective("function"),
    sentence: "Calling a function or reading a variable of a device fails, measured by the canary.",
  },
  CanaryStream: groupOfObjective("stream"),
  CanaryApi: groupOfObjective("api"),
  CanaryUpdate: groupOfObjective("update"),
} as const satisfies Readonly<Record<string, Group>>;

export type AlarmGroup = keyof typeof alarmGroups;

/** The names of all groups. */
const names: readonly AlarmGroup[] = [
  "FunctionsFail",
  "SchedulesStopped",
  "CanaryStopped",
  "QueuesStopped",
  "QueuesBehind",
  "RulesFail",
  "RulesLose",
  "CanaryConnect",
  "CanaryEvent",
  "CanaryWebhook",
  "CanaryCall",
  "CanaryStream",
  "CanaryApi",
  "CanaryUpdate",
];

const articlesOf = (group: Group): readonly string[] => [group.runbook, ...(group.others ?? [])];

/** The group of the alarms with this article. */
export const groupOf = (runbook: string): AlarmGroup | undefined =>
  names.find((name) => articlesOf(alarmGroups[name]).includes(runbook));

/** The articles of all alarms that belong to a group. */
export const groupedArticles: readonly string[] = names.flatMap((name) =>
  articlesOf(alarmGroups[name]),
);
