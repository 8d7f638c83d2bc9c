import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { IncidentRecord } from "#shared/status/incidentRecord.ts";
import { incidentsFrom } from "#shared/status/incidentsFrom.ts";
import { statusFiles } from "#shared/status/render/statusFiles.ts";
import type { Snapshot } from "#shared/status/snapshot.ts";
import { anUpdate, minute, region, start } from "./samples.ts";

/** Text of a person who attacks the page. */
export const hostile = `</title><script>alert(1)</script><img src=x onerror=alert(1)>"'&\u0000\u202E\uD800`;

const day = 1_440 * minute;
const at = (minutes: number): number => start + minutes * minute;
const affected = (component: "events" | "calls", status: "partial_outage" | "major_outage") =>
  [{ component, region, status }] as const;

/** An open incident of alarms that began at `start`. */
export const openRecords: readonly IncidentRecord[] = [
  {
    kind: "alarms",
    incident: incidentIdOf(start, "open"),
    region,
    detectedAt: start,
    shownAt: start + 24_000,
    changes: [{ at: start, affected: affected("events", "partial_outage"), isUnreadable: false }],
    alarms: [{ name: "Godwit-A", sentence: "A fails.", since: start }],
  },
  anUpdate(incidentIdOf(start, "open"), 5, { body: hostile, name: hostile }),
];

const old = incidentIdOf(start - 3 * day, "old");

/** An incident that ended after 12 minutes, three days before, with a postmortem. */
export const endedRecords: readonly IncidentRecord[] = [
  {
    kind: "alarms",
    incident: old,
    region,
    detectedAt: start - 3 * day,
    shownAt: start - 3 * day + 36_000,
    changes: [
      { at: start - 3 * day, affected: affected("calls", "partial_outage"), isUnreadable: false },
      { at: start - 3 * day + 12 * minute, affected: [], isUnreadable: false },
    ],
    alarms: [],
    resolvedAt: start - 3 * day + 17 * minute,
  },
  {
    kind: "postmortem",
    incident: old,
    at: start - 2 * day,
    body: `# What happened\n\n${hostile}\n\n[click](javascript:alert(1)) ![i](https://evil.example/i.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n`,
  },
];

const planned = incidentIdOf(start, "maintenance");

/** A maintenance that begins in a day. */
export const plannedRecords: readonly IncidentRecord[] = [
  anUpdate(planned, 0, {
    status: "scheduled",
    name: "New broker",
    body: "Devices reconnect once.",
    opens: { type: "maintenance", scheduledFor: at(1_440), scheduledUntil: at(1_500) },
    affected: [{ component: "connectivity", region, status: "under_maintenance" }],
  }),
];

export const everything = [...openRecords, ...endedRecords, ...plannedRecords];

/** The files of the site with their contents, in their order. */
export const renderAll = (snapshot: Snapshot) =>
  statusFiles(snapshot).map(({ path, type, render }) => ({ path, type, body: render() }));

/** What the page shows ten minutes after `start`. */
export const aSnapshot = (
  records: readonly IncidentRecord[] = everything,
  given: Partial<Snapshot> = {},
): Snapshot => {
  const now = given.now ?? at(10);
  return {
    title: "Godwit",
    url: "https://status.example.com",
    supportUrl: "https://example.com/support",
    subscribeUrl: "https://api.example.com/v1/status/subscriptions",
    otherUrls: [],
    regions: [region],
    now,
    since: start - 30 * day,
    incidents: incidentsFrom(records, now),
    drills: [
      {
        date: "2026-02-20",
        drill: "queue-service-down",
        failure: "SQS rejects every request.",
        place: "one machine",
        passed: true,
        recoveredSeconds: 10.5,
        accepted: 5_000,
        delivered: 5_000,
        lost: 0,
      },
    ],
    problems: [],
    ...given,
  };
};
