import { components } from "#shared/alarm/component.ts";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { IncidentRecord } from "#shared/status/incidentRecord.ts";
import { incidentsFrom } from "#shared/status/incidentsFrom.ts";
import { incidentNameLengthMax, updateLengthMax } from "#shared/status/limits.ts";
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

/** Text that cannot be compressed much, with that of an attacker, always the same. */
const longText = (seed: number, length: number): string => {
  let text = "";
  for (let n = 1; text.length < length; n += 1) {
    text += `${n % 9 === 0 ? hostile : Math.abs(Math.sin(seed * 1_000 + n)).toString(36)} `;
  }
  return text.slice(0, length);
};

/**
 * The worst page: 25 open incidents and 25 that have ended, of all components, with texts of the
 * maximum length, after 90 days on which every component had an outage.
 */
export const worstRecords = (regions: readonly string[]): IncidentRecord[] => {
  const everywhere = components.flatMap((component) =>
    regions.map((region) => ({ component, region, status: "partial_outage" as const })),
  );
  const byPersons = Array.from({ length: 50 }, (_, n) => {
    const [id, begin] = [incidentIdOf(at(-n), "worst"), n < 25 ? -n : -720 * (n - 24)];
    const update = (minutes: number, given: Parameters<typeof anUpdate>[2]) =>
      anUpdate(id, begin + minutes, { body: longText(n + minutes, updateLengthMax), ...given });
    const name = longText(n, incidentNameLengthMax);
    return [
      update(0, { name, opens: { type: "incident" }, affected: everywhere }),
      ...[1, 2, 3, 4].map((minutes) => update(minutes, {})),
      ...(n < 25 ? [] : [update(5, { status: "resolved" })]),
    ];
  });
  const byAlarms = Array.from({ length: 89 }, (_, n) =>
    everywhere.map(({ component, region, status }, i): IncidentRecord => {
      const begin = start - (n + 1) * day + ((n * 7 + i * 13) % 600) * minute;
      const end = begin + (((n * 31 + i * 17) % 700) + 1) * minute;
      return {
        kind: "alarms",
        incident: incidentIdOf(begin, `${component} ${region}`),
        region,
        detectedAt: begin,
        shownAt: begin + 24_000,
        changes: [
          { at: begin, affected: [{ component, region, status }], isUnreadable: false },
          { at: end, affected: [], isUnreadable: false },
        ],
        alarms: [],
        resolvedAt: end + 5 * minute,
      };
    }),
  );
  return [...byPersons.flat(), ...byAlarms.flat()];
};

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
