import type { OperationsReply } from "#shared/routes/operationsRoutes.ts";
import { table } from "../admin/table.ts";

/** The state of a deployment for a terminal: the problems first, then a section for each part. */
export const statusText = (state: OperationsReply): string =>
  [
    head(state),
    section("Components", componentRows(state)),
    section("Alarms", alarmRows(state), unread(state, "alarms")),
    section("Queues with messages", queueRows(state), unread(state, "metrics")),
    section("Ledger", ledgerRows(state), unread(state, "metrics")),
    section("Open pages", state.pages?.open),
    section("Failed deliveries of pages", state.pages?.failed_deliveries),
    section("Self-tests of the pages", selfTestRows(state)),
    section("Heartbeats", state.heartbeats),
    section("Canaries", canaryRows(state), unread(state, "metrics")),
    section("Incidents", state.incidents),
    section("Last drill", state.last_drill === null ? [] : [state.last_drill]),
  ].join("\n\n");

const head = ({ at, region, problems }: OperationsReply): string =>
  [
    `State at ${at}, read in ${region}: ${problems.length === 0 ? "no problems" : "problems"}`,
    ...problems.map((problem) => `  ${problem}`),
  ].join("\n");

/** The regions in which a source did not answer. */
const unread = ({ unavailable }: OperationsReply, source: string): string[] =>
  unavailable.flatMap((one) => (one.source === source && one.region !== null ? [one.region] : []));

/** `unread` are the regions that are not in the rows. */
const section = (
  name: string,
  rows: readonly object[] | null | undefined,
  unread: readonly string[] = [],
): string => {
  if (rows === null || rows === undefined) return `${name}: unknown`;
  const title = unread.length === 0 ? name : `${name} (unknown in ${unread.join(", ")})`;
  return rows.length === 0 ? `${title}: none` : `${title}\n${table(rows)}`;
};

/** A row for each component, with a column for each region. */
const componentRows = ({ components, regions }: OperationsReply): object[] =>
  [...Map.groupBy(components, ({ name }) => name)].map(([component, places]) => ({
    component,
    ...Object.fromEntries(
      regions.map((region) => [
        region,
        places.find((place) => place.region === region)?.status ?? "unknown",
      ]),
    ),
  }));

const alarmRows = ({ alarms }: OperationsReply): object[] =>
  alarms.map(
    ({ region, name, severity, since, grouped, pages, runbook, contributors, summary }) => ({
      severity,
      region,
      since,
      pages: grouped ? "by its group" : pages ? "yes" : "muted",
      runbook,
      alarm: summary ?? name,
      parts: contributors.join(", ") || null,
    }),
  );

const queueRows = ({ queues }: OperationsReply): object[] =>
  queues
    .filter((queue) => queue.visible > 0 || queue.oldest_seconds > 0)
    .map(({ region, name, oldest_seconds, visible }) => ({
      region,
      oldest_seconds,
      visible,
      queue: name,
    }));

const ledgerRows = ({ ledger }: OperationsReply): object[] =>
  ledger.map(({ region, missing, overdue, overdue_integrations, counted_at }) => ({
    region,
    missing,
    overdue,
    counted_at,
    overdue_integrations:
      overdue_integrations
        .map(({ integration, deliveries }) => `${integration} ${deliveries}`)
        .join(", ") || null,
  }));

const selfTestRows = ({ self_tests }: OperationsReply): object[] | undefined =>
  self_tests?.map(({ region, at, ways }) => ({
    region,
    at,
    acknowledged:
      ways
        .map(({ way, acknowledged_at, overdue }) => {
          const missing = overdue ? "overdue" : "not yet";
          return `${way} ${acknowledged_at ?? missing}`;
        })
        .join(", ") || null,
  }));

const canaryRows = ({ canaries }: OperationsReply): object[] =>
  canaries.flatMap(({ region, checks }) =>
    checks.map(({ check, passed, latency_ms, at }) => ({
      region,
      check,
      result: passed ? "passed" : "failed",
      latency_ms,
      at,
    })),
  );
