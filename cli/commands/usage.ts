import type { Ledger, ListedIntegration } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { readIntegrations } from "../cloud/readIntegrations.ts";
import type { Command } from "../line/command.ts";
import { CommandError, usageError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";
import { type DeliveryCounts, deliveryColumns } from "./deliveryCounts.ts";
import { showSteps } from "./usageByTime.ts";

/** The deliveries of one integration, or of all. */
interface UsageRow extends DeliveryCounts {
  readonly integration: string | null;
  readonly name: string;
}

const columns: readonly Column<UsageRow>[] = [
  {
    title: "INTEGRATION",
    of: ({ name }) => name,
    color: ({ integration }) => (integration === null ? "bold" : undefined),
  },
  ...deliveryColumns,
];

const hourMs = 3_600_000;
/** The API counts at most a week in one request, and has series of 45 days. */
const hoursMax = { ledger: 168, series: 1_080 };
const steps: ReadonlyMap<string, 3_600 | 86_400> = new Map([
  ["hour", 3_600],
  ["day", 86_400],
]);
/** Ledgers that are read at the same time. */
const atOnceMax = 4;

export const usage: Command = {
  words: "usage",
  summary: "count the deliveries of each integration, or events, calls and deliveries by time",
  arguments: [],
  hasProduct: true,
  options: {
    by: {
      value: "STEP",
      summary: "count each step in place of each integration",
      choices: [...steps.keys()],
    },
    integration: { value: "ID", summary: "with --by: only this integration" },
    hours: {
      value: "N",
      summary: `the last N hours (default 24, at most ${hoursMax.ledger}, with --by ${hoursMax.series})`,
    },
  },
  notes:
    "Counts appear about a minute after the events. Without --by, deliveries of deleted integrations are not counted.",
  async run(input, deps) {
    const step = steps.get(input.text("by") ?? "");
    const integration = input.text("integration");
    if (step === undefined && integration !== undefined) {
      throw usageError("--integration needs --by hour or --by day.");
    }
    const max = step === undefined ? hoursMax.ledger : hoursMax.series;
    const hours = input.number("hours", { min: 1, max }) ?? 24;
    const until = deps.now();
    const span = {
      from: new Date(until - hours * hourMs).toISOString(),
      to: new Date(until).toISOString(),
    };
    const { out } = deps;
    const cloud = await deps.cloud();
    const title = `${localTime(span.from)} to ${localTime(span.to)}`;
    if (step === undefined) {
      const rows = await readRows(cloud, await readIntegrations(cloud), span);
      out.rows([...rows, total(rows)], columns, "", title);
    } else {
      await showSteps(
        { step, integration, since: span.from, until: span.to },
        { cloud, out, title },
      );
    }
    return undefined;
  },
};

const readRows = async (
  cloud: Pick<Cloud, "showLedger">,
  integrations: readonly ListedIntegration[],
  span: { from: string; to: string },
): Promise<UsageRow[]> => {
  const rows: UsageRow[] = [];
  for (let i = 0; i < integrations.length; i += atOnceMax) {
    const some = integrations.slice(i, i + atOnceMax).map(async (listed) => {
      const { id } = listed;
      const name = "name" in listed ? listed.name : id;
      const ledger = await cloud.showLedger(id, span).catch(undefinedIfGone);
      return ledger === undefined ? [] : [rowOf(id, name, ledger)];
    });
    rows.push(...(await Promise.all(some)).flat());
  }
  return rows.toSorted((one, other) => other.deliveries - one.deliveries);
};

/** Another request may have deleted the integration meanwhile. */
const undefinedIfGone = (error: unknown): undefined => {
  if (error instanceof CommandError && error.exit === exits.notFound) return undefined;
  throw error;
};

const rowOf = (integration: string | null, name: string, ledger: Ledger): UsageRow => ({
  integration,
  name,
  deliveries: ledger.matched,
  delivered: ledger.delivered,
  failed_attempts: ledger.failed_attempts,
  waiting: ledger.waiting,
  dead: ledger.dead,
  discarded: ledger.discarded,
  missing: ledger.missing,
});

const total = (rows: readonly UsageRow[]): UsageRow => {
  const sum = (of: (row: UsageRow) => number): number =>
    rows.reduce((all, row) => all + of(row), 0);
  return {
    integration: null,
    name: "total",
    deliveries: sum((row) => row.deliveries),
    delivered: sum((row) => row.delivered),
    failed_attempts: sum((row) => row.failed_attempts),
    waiting: sum((row) => row.waiting),
    dead: sum((row) => row.dead),
    discarded: sum((row) => row.discarded),
    missing: sum((row) => row.missing),
  };
};
