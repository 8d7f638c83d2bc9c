import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import type { DeadLetter, Job, ReplayInput, ReplayPlan } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { readPages } from "../cloud/readPages.ts";
import type { Command, CommandDeps, Input, OptionSpec } from "../line/command.ts";
import { exits } from "../line/exit.ts";
import { count } from "../terminal/count.ts";
import type { Column } from "../terminal/table.ts";
import { duration, localTime } from "../terminal/time.ts";
import { timeOption } from "./timeOption.ts";

const filterOptions = {
  from: { value: "TIME", summary: "failed at or after this time (ISO 8601)" },
  to: { value: "TIME", summary: "failed before this time" },
  reason: { value: "TEXT", summary: "the reason contains this" },
  status: { value: "N", summary: "the last response had this HTTP status" },
  event: { value: "PREFIX", summary: "events whose names begin with this" },
  device: { value: "DEVICE", summary: "events of this device, by id or name" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const filterOf = (input: Input): ReplayInput => ({
  from: timeOption(input, "from"),
  to: timeOption(input, "to"),
  reason: input.text("reason"),
  status: input.number("status", { min: 100, max: 599 }),
  event: input.text("event"),
  device: input.text("device"),
});

const columns: readonly Column<DeadLetter>[] = [
  { title: "FAILED", of: ({ failed_at: at }) => localTime(at) },
  { title: "EVENT", of: ({ event }) => event.name },
  { title: "DEVICE", of: ({ event }) => event.coreid },
  { title: "ATTEMPTS", of: ({ attempts }) => attempts, align: "right" },
  { title: "REASON", of: ({ reason }) => reason, color: () => "red" },
  { title: "ID", of: ({ id }) => id },
];

const pageLettersMax = 100;
const listDefault = 100;
const listMax = 10_000;

const list: Command = {
  words: "dead-letters list",
  summary: "list the dead letters of an integration, newest first",
  arguments: [{ name: "INTEGRATION" }],
  hasProduct: true,
  options: {
    ...filterOptions,
    limit: { value: "N", summary: `the latest N (default ${listDefault})` },
  },
  async run(input, { cloud, out }) {
    const limit = input.number("limit", { min: 1, max: listMax }) ?? listDefault;
    const { ids: _, ...filter } = filterOf(input);
    const api = await cloud();
    let unreadable = 0;
    const { items, isComplete } = await readPages(
      { limit, pageMax: pageLettersMax },
      async (page) => {
        const read = await api.listDeadLetters(input.needed("INTEGRATION"), { ...filter, ...page });
        unreadable += read.unreadable;
        return { items: read.dead_letters, cursor: read.cursor };
      },
    );
    out.rows(items, columns, "There are no such dead letters.");
    if (unreadable > 0) out.note(`${count(unreadable, "dead letter")} cannot be read.`);
    if (!isComplete && !out.isJson) out.note("There are more: --limit N.");
    return undefined;
  },
};

const replay: Command = {
  words: "dead-letters replay",
  summary: "deliver dead letters again: shows the plan, asks, and shows the progress",
  arguments: [{ name: "INTEGRATION" }],
  hasProduct: true,
  options: {
    ...filterOptions,
    id: { value: "ID", summary: "this dead letter; can be repeated", many: true },
    "per-second": { value: "N", summary: "deliveries a second (default 20, at most 200)" },
    plan: { summary: "only show the plan" },
    yes: { summary: "do not ask" },
    detach: { summary: "end when the job has started, without its progress" },
  },
  notes:
    "Ctrl+C ends only the progress: the job continues. Stop it with: godwit dead-letters stop INTEGRATION JOB",
  async run(input, deps) {
    const { cloud, out, prompt } = deps;
    const integration = input.needed("INTEGRATION");
    const ids = input.texts("id");
    const request = {
      ...filterOf(input),
      ...(ids.length > 0 && { ids: [...ids] }),
      perSecond: input.number("per-second", { min: 1, max: 200 }),
    };
    const api = await cloud();
    const plan = await api.planReplay(integration, request);
    if (input.has("plan")) {
      out.result(plan, planText(plan, deps.now()));
      return undefined;
    }
    out.note(planText(plan, deps.now()));
    if (plan.count === 0) return undefined;
    if (!input.has("yes") && !(await prompt.confirm("Replay them?"))) {
      out.note("Nothing was replayed.");
      return exits.failed;
    }
    const job = await api.replay(integration, request);
    return input.has("detach") ? reportJob(job, deps) : followJob(api, { integration, job }, deps);
  },
};

const planText = (plan: ReplayPlan, now: number): string => {
  if (plan.count === 0) return "No dead letters match.";
  const age = (at: string | null): string =>
    at === null ? "-" : `${localTime(at)} (${duration((now - Date.parse(at)) / 1_000)} ago)`;
  const atLeast = plan.at_least ? "at least " : "";
  return [
    `${count(plan.count, "dead letter", { atLeast: plan.at_least })} would be delivered again.`,
    `  oldest    ${age(plan.oldest)}`,
    `  newest    ${age(plan.newest)}`,
    `  duration  ${atLeast}${duration(plan.expected_seconds)}, at ${plan.per_second} a second`,
    `  cost      ${atLeast}$${plan.expected_dollars.toFixed(4)} on AWS`,
  ].join("\n");
};

const pollMs = 1_000;

const followJob = async (
  cloud: Pick<Cloud, "showJob">,
  { integration, job }: { integration: string; job: Job },
  deps: CommandDeps,
): Promise<number | undefined> => {
  const { out, signal } = deps;
  let latest = job;
  let said = "";
  while (latest.state === "running" && !signal.aborted) {
    const text = progressText(latest);
    if (text !== said) out.note(text);
    said = text;
    await deps.wait(pollMs, signal).catch(() => {});
    if (!signal.aborted) latest = await cloud.showJob(integration, job.id);
  }
  if (signal.aborted) {
    out.note(
      `The job ${visible(job.id)} continues. Stop it: godwit dead-letters stop ${visible(integration)} ${visible(job.id)}`,
    );
    return exits.interrupted;
  }
  return reportJob(latest, deps);
};

const progressText = ({
  done,
  total,
  at_least: atLeast,
  rate,
  estimated_end: end,
}: Job): string => {
  const until = end === null ? "" : `, until about ${localTime(end)}`;
  return `${done.toLocaleString("en")} of ${total.toLocaleString("en")}${atLeast ? " or more" : ""} queued, ${rate.toFixed(1)} a second${until}`;
};

const reportJob = (job: Job, { out }: Pick<CommandDeps, "out">): number | undefined => {
  const { id, state, done, failed, left, stop_reason: reason } = job;
  const rest = left === 0 ? "" : `, ${left} left`;
  const unread =
    failed === 0 ? "" : `, ${count(failed, "unreadable one", { plural: "unreadable ones" })} left`;
  const why = reason === null ? "" : ` Reason: ${excerpt(reason, 500)}.`;
  out.result(
    job,
    `Job ${visible(id)} ${state === "running" ? "runs" : `is ${state}`}: ${done} queued${rest}${unread}.${why}`,
  );
  return state === "stopped" ? exits.failed : undefined;
};

const stop: Command = {
  words: "dead-letters stop",
  summary: "stop a replay; what is left stays a dead letter",
  arguments: [{ name: "INTEGRATION" }, { name: "JOB" }],
  hasProduct: true,
  options: {},
  async run(input, { cloud, out }) {
    const [integration, job] = [input.needed("INTEGRATION"), input.needed("JOB")];
    await (await cloud()).stopJob(integration, job);
    out.result({ ok: true, job }, `Job ${visible(job)} stops.`);
    return undefined;
  },
};

/** The commands on dead letters. */
export const deadLetterCommands: readonly Command[] = [list, replay, stop];
