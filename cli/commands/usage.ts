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
import { isOperationGroup, operationGroups, showOperations } from "./usageOfDevices.ts";

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
/** The API counts at most a week in one request, and has series of 45 days and usage of 399. */
const hoursMax = { ledger: 168, series: 1_080, operations: 9_576 };
const steps: ReadonlyMap<string, 3_600 | 86_400> = new Map([
  ["hour", 3_600],
  ["day", 86_400],
]);
/** Ledgers that are read at the same time. */
const atOnceMax = 4;

export const usage: Command = {
  words: "usage",
  summary:
    "count deliveries by integration, events and calls by time, or data operations by device",
  arguments: [],
  hasProduct: true,
  options: {
    by: {
      value: "GROUP",
      summary: "count by time, or count data operations by device or kind",
      choices: [...steps.keys(), ...operationGroups],
    },
    integration: { value: "ID", summary: "with --by hour or day: only this integration" },
    hours: {
      value: "N",
      summary: `the last N hours (default 24, at most ${hoursMax.ledger}; by time ${hoursMax.series}, by device or kind ${hoursMax.operations})`,
    },
  },
  notes:
    "Counts appear about a minute after the events. Without --by, deliveries of deleted integrations are not counted. By device and kind, whole days (UTC) are counted.",
  async run(input, deps) {
    const by = input.text("by");
    const step = steps.get(by ?? "");
    const integration = input.text("integration");
    if (step === undefined && integration !== undefined) {
      throw usageError("--integration needs --by hour or --by day.");
    }
    const counted = isOperationGroup(by) ? "operations" : step === undefined ? "ledger" : "series";
    const max = hoursMax[counted];
    const hours = input.number("hours", { min: 1, max }) ?? 24;
    const until = deps.now();
    const span = {
      from: new Date(until - hours * hourMs).toISOString(),
      to: new Date(until).toISOString(),
    };
    const { out } = deps;
    const cloud = await deps.cloud();
    const title = `${localTime(span.from)} to ${localTime(span.to)}`;
    if (isOperationGroup(by)) {
      await showOperations({ by, ...span }, { cloud, out, title });
    } else if (step === undefined) {
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
