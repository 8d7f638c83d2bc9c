import { componentNames } from "#shared/alarm/component.ts";
import type { FailedDelivery, Operations } from "#shared/operations/operations.ts";
import type { Page } from "#shared/paging/page.ts";
import type { OperationsReply } from "#shared/routes/operationsRoutes.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));

/** The state of a deployment in the format of the API. */
export const operationsView = (found: Operations): OperationsReply => ({
  at: iso(found.at),
  region: found.region,
  regions: [...found.regions],
  problems: [...found.problems],
  unavailable: found.unavailable.map(({ source, region, reason }) => ({
    source,
    region: region ?? null,
    reason,
  })),
  components: found.components.map(({ region, component, status, since }) => ({
    region,
    component,
    name: componentNames[component],
    status: status ?? null,
    since: isoOrNull(since),
  })),
  ...alarmsView(found),
  ...metricsView(found),
  pages: pagesView(found.pages),
  ...watchersView(found),
  incidents: incidentsView(found.incidents),
  ...drillsView(found),
});

const alarmsView = ({
  firing,
  alarms,
}: Operations): Pick<OperationsReply, "alarms_firing" | "alarms"> => ({
  alarms_firing: firing,
  alarms: alarms.map(({ region, name, text, since, reason, contributors, ...alarm }) => ({
    region,
    name,
    summary: text?.sentence ?? null,
    severity: text?.severity ?? null,
    components: [...(text?.components ?? [])],
    runbook: text?.runbook ?? null,
    since: since.toISOString(),
    reason,
    contributors: [...contributors],
    composite: alarm.isComposite,
    grouped: !alarm.hasActions,
    pages: alarm.pages,
  })),
});

const metricsView = (
  found: Operations,
): Pick<OperationsReply, "queues" | "ledger" | "canaries"> => ({
  queues: found.queues.map(({ region, name, oldestSeconds, visible, at }) => ({
    region,
    name,
    oldest_seconds: oldestSeconds,
    visible,
    at: iso(at),
  })),
  ledger: found.ledger.map(({ region, balance }) => ({
    region,
    missing: balance?.missing ?? null,
    overdue: balance?.overdue.reduce((sum, { deliveries }) => sum + deliveries, 0) ?? null,
    overdue_integrations: [...(balance?.overdue ?? [])],
    counted_at: isoOrNull(balance?.at),
  })),
  canaries: found.canaries.map(({ region, checks }) => ({
    region,
    checks: checks.map(({ check, passed, latencyMs, at }) => ({
      check,
      passed,
      latency_ms: latencyMs ?? null,
      at: iso(at),
    })),
  })),
});

const pagesView = (pages: Operations["pages"]): OperationsReply["pages"] =>
  pages === undefined
    ? null
    : { open: pages.open.map(openView), failed_deliveries: pages.failed.map(failedView) };

const openView = ({ id, region, summary, severity, since, deliveries }: Page) => ({
  id,
  region,
  summary,
  severity,
  since: iso(since),
  receivers_told: deliveries.filter(({ told }) => told !== "nothing").length,
  receivers: deliveries.length,
});

const failedView = ({ page, receiver, dead, result }: FailedDelivery) => ({
  page: page.id,
  region: page.region,
  receiver,
  state: dead === undefined ? ("waiting" as const) : ("dead_letter" as const),
  error: dead ?? result ?? null,
});

const watchersView = ({
  selfTests,
  heartbeats,
}: Operations): Pick<OperationsReply, "self_tests" | "heartbeats"> => ({
  self_tests:
    selfTests?.map(({ region, at, ways }) => ({
      region,
      at: isoOrNull(at),
      ways: ways.map(({ way, acknowledgedAt, isOverdue }) => ({
        way,
        acknowledged_at: isoOrNull(acknowledgedAt),
        overdue: isOverdue,
      })),
    })) ?? null,
  heartbeats:
    heartbeats?.map(({ from, by, at, isSilent }) => ({
      from,
      by,
      at: isoOrNull(at),
      silent: isSilent,
    })) ?? null,
});

const incidentsView = (incidents: Operations["incidents"]): OperationsReply["incidents"] =>
  incidents?.map(({ id, type, name, status, impact, ...incident }) => ({
    id,
    type,
    name,
    status,
    impact,
    started_at: iso(incident.startedAt),
    scheduled_for: isoOrNull(incident.scheduledFor),
    scheduled_until: isoOrNull(incident.scheduledUntil),
  })) ?? null;

const drillsView = ({ drills }: Operations): Pick<OperationsReply, "last_drill" | "drills"> => {
  const [last = null, ...before] = drills.map(drillView);
  return { last_drill: last, drills: last === null ? [] : [last, ...before] };
};

const drillView = (drill: Operations["drills"][number]): OperationsReply["drills"][number] => ({
  date: drill.date,
  drill: drill.drill,
  place: drill.place,
  passed: drill.passed,
  recovered_seconds: drill.recoveredSeconds ?? null,
  paged_seconds: drill.pagedSeconds ?? null,
  lost: drill.lost,
});
