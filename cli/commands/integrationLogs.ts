import { excerpt } from "../../shared/platform/visibleText.ts";
import type { Attempt } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { readPages } from "../cloud/readPages.ts";
import type { Command, Input } from "../line/command.ts";
import { exits } from "../line/exit.ts";
import type { Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";
import { bodyText, requestText } from "./requestText.ts";
import { timeOption } from "./timeOption.ts";

const columns: readonly Column<Attempt>[] = [
  { title: "TIME", of: ({ started_at: at }) => localTime(at) },
  { title: "EVENT", of: ({ event }) => event.name },
  { title: "DELIVERY", of: ({ delivery }) => delivery },
  { title: "ATTEMPT", of: ({ attempt }) => attempt, align: "right" },
  { title: "STATUS", of: ({ reply }) => reply?.status, align: "right" },
  { title: "MS", of: ({ took_ms: ms }) => Math.round(ms), align: "right" },
  {
    title: "RESULT",
    of: ({ ok, error }) => (ok ? "delivered" : (error ?? "failed")),
    color: ({ ok }) => (ok ? "green" : "red"),
  },
];

const pageAttemptsMax = 100;
const logsDefault = 100;
const logsMax = 10_000;
/** Interval of `--follow`. The API adds attempts after about 10 s. */
const pollMs = 5_000;
/** `--follow` reads this long back: attempts appear late, and not in order. */
const lookBackMs = 120_000;

const keyOf = ({ delivery, attempt, started_at: at }: Attempt): string =>
  `${delivery}/${attempt}/${at}`;

export const logs: Command = {
  words: "integrations logs",
  summary: "show the attempts of an integration, of up to 30 days",
  arguments: [{ name: "ID" }],
  hasProduct: true,
  options: {
    failed: { summary: "only failed attempts" },
    since: { value: "TIME", summary: "started at or after this time (ISO 8601)" },
    until: { value: "TIME", summary: "started before this time" },
    device: { value: "DEVICE", summary: "events of this device, by id or name" },
    delivery: { value: "ID", summary: "attempts of this delivery" },
    limit: { value: "N", summary: `the latest N attempts (default ${logsDefault})` },
    full: { summary: "with requests and replies" },
    follow: { summary: "show further attempts as they appear (after about 10 s)" },
  },
  async run(input, { cloud, out, wait, signal, now }) {
    const read = attemptReader(await cloud(), input);
    const show = (attempts: readonly Attempt[], none: string): void =>
      input.has("full") ? showFull(attempts, out, none) : out.rows(attempts, columns, none);
    const first = await read(timeOption(input, "since"));
    show(first, "There are no such attempts.");
    let shown = new Set(first.map(keyOf));
    while (input.has("follow") && !signal.aborted) {
      await wait(pollMs, signal).catch(() => {});
      if (signal.aborted) break;
      const recent = await read(new Date(now() - lookBackMs).toISOString());
      const fresh = recent.filter((attempt) => !shown.has(keyOf(attempt)));
      shown = new Set(recent.map(keyOf));
      if (fresh.length > 0) show(fresh, "");
    }
    return signal.aborted ? exits.interrupted : undefined;
  },
};

/** Reads the latest attempts since a time, oldest first. */
const attemptReader = (cloud: Pick<Cloud, "listAttempts">, input: Input) => {
  const id = input.needed("ID");
  const limit = input.number("limit", { min: 1, max: logsMax }) ?? logsDefault;
  const filter = {
    ...(input.has("failed") && { outcome: "failed" as const }),
    until: timeOption(input, "until"),
    device: input.text("device"),
    delivery: input.text("delivery"),
  };
  return async (since: string | undefined): Promise<Attempt[]> => {
    const sizes = { limit, pageMax: pageAttemptsMax };
    const { items } = await readPages(sizes, async (page) => {
      const read = await cloud.listAttempts(id, { ...filter, since, ...page });
      return { items: read.attempts, cursor: read.cursor };
    });
    return items.toReversed();
  };
};

const showFull = (attempts: readonly Attempt[], out: Output, none: string): void => {
  if (attempts.length === 0) out.rows(attempts, columns, none);
  for (const attempt of attempts) {
    const { request, reply, ok, error, event, started_at: at } = attempt;
    const head = `${localTime(at)} ${excerpt(event.name, 200)}, attempt ${attempt.attempt}: ${
      ok ? "delivered" : excerpt(error ?? "failed", 500)
    }`;
    const parts = [
      out.paint(head, ok ? "green" : "red"),
      ...(request === null ? [] : [requestText(request, out.paint)]),
      ...(reply === null ? [] : [`  → ${reply.status}`, bodyText(reply.body)]),
    ];
    out.result(attempt, `${parts.join("\n")}\n`);
  }
};
