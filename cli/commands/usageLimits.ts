import type { UsageLimit, UsageNotice } from "../cloud/bodies.ts";
import type { Command } from "../line/command.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";

const limitColumns: readonly Column<UsageLimit>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "OF", of: ({ scope, target }) => target ?? scope },
  { title: "PERIOD", of: ({ period }) => period },
  { title: "USED", of: ({ used }) => used, align: "right" },
  { title: "LIMIT", of: ({ limit }) => limit, align: "right" },
  { title: "%", of: ({ percent }) => percent, align: "right" },
  {
    title: "REACHED",
    of: ({ used, limit, reached_at: at }) => {
      if (used >= limit) return "yes";
      return at === null ? null : localTime(at);
    },
  },
  {
    title: "ACTION",
    of: ({ action, in_force: isInForce }) => (isInForce ? `${action}, now` : action),
    color: ({ in_force: isInForce }) => (isInForce ? "bold" : undefined),
  },
  { title: "NAME", of: ({ name }) => name },
];

const limits: Command = {
  words: "usage limits",
  summary: "list the limits of usage, how far each is used, and when it is reached",
  arguments: [],
  hasProduct: true,
  options: {},
  async run(_, deps) {
    const found = await (await deps.cloud()).listUsageLimits();
    deps.out.rows(found, limitColumns, "There are no limits: nothing is slowed down or held back.");
    return undefined;
  },
};

const noticeColumns: readonly Column<UsageNotice>[] = [
  { title: "TIME", of: ({ attributes }) => localTime(attributes.created_at) },
  {
    title: "NOTICE",
    of: ({ attributes: { details } }) =>
      details.kind === "forecast" ? "forecast" : `${details.percent} %`,
  },
  { title: "OF", of: ({ attributes: { details } }) => details.target ?? details.scope },
  { title: "USED", of: ({ attributes: { details } }) => details.used, align: "right" },
  { title: "LIMIT", of: ({ attributes: { details } }) => details.limit, align: "right" },
  {
    title: "REACHED",
    of: ({ attributes: { details } }) =>
      details.reached_at === null ? null : localTime(details.reached_at),
  },
  { title: "NAME", of: ({ attributes: { details } }) => details.name },
];

const notices: Command = {
  words: "usage notices",
  summary: "list the latest notices about limits of usage",
  arguments: [],
  hasProduct: true,
  options: {},
  async run(_, deps) {
    const found = await (await deps.cloud()).listUsageNotices();
    deps.out.rows(found, noticeColumns, "No limit has come near.");
    return undefined;
  },
};

/** The commands about limits of usage. */
export const usageLimitCommands: readonly Command[] = [limits, notices];
