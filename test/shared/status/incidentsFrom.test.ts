import { describe, expect, it } from "vitest";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { AlarmRecord, IncidentRecord } from "#shared/status/incidentRecord.ts";
import { incidentsFrom } from "#shared/status/incidentsFrom.ts";
import { anUpdate, minute, region, start } from "./support/samples.ts";

const id = incidentIdOf(start, "events eu-west-1");
const outage = [{ component: "events", region, status: "partial_outage" }] as const;
const at = (minutes: number): number => start + minutes * minute;

const alarms = (given: Partial<AlarmRecord> = {}): AlarmRecord => ({
  kind: "alarms",
  incident: id,
  region,
  detectedAt: start,
  shownAt: start + 20_000,
  changes: [{ at: start, affected: outage, isUnreadable: false }],
  alarms: [{ name: "Godwit-A", sentence: "A fails.", since: start }],
  ...given,
});

const ended = alarms({
  changes: [
    { at: start, affected: outage, isUnreadable: false },
    { at: at(10), affected: [], isUnreadable: false },
  ],
  alarms: [],
  resolvedAt: at(15),
});

const only = (records: IncidentRecord[], now = at(60)) => {
  const incidents = incidentsFrom(records, now);
  expect(incidents).toHaveLength(1);
  return incidents[0]!;
};

describe("an incident of alarms", () => {
  it("is under investigation while they fire, then monitored, then resolved", () => {
    const incident = only([ended]);
    expect(incident.updates.map(({ status, at }) => [status, at - start])).toEqual([
      ["investigating", 0],
      ["monitoring", 10 * minute],
      ["resolved", 15 * minute],
    ]);
    expect(incident).toMatchObject({
      name: "Partial outage of Events (eu-west-1)",
      status: "resolved",
      impact: "major",
      isAutomatic: true,
      detectedAt: start,
      shownAt: start + 20_000,
      monitoringAt: at(10),
      resolvedAt: at(15),
      affected: [{ component: "events", region, status: "operational" }],
    });
    expect(incident.updates[0]?.changes).toEqual([
      { component: "events", region, from: "operational", to: "partial_outage" },
    ]);
  });

  it("takes words, a name, an impact and more components from a person", () => {
    const widened = [...outage, { component: "calls", region, status: "major_outage" }] as const;
    const incident = only([
      alarms(),
      anUpdate(id, 5, { affected: widened, name: "The database is down", impact: "critical" }),
    ]);
    expect(incident).toMatchObject({
      name: "The database is down",
      impact: "critical",
      status: "identified",
      affected: widened,
    });
  });

  it.each(["resolved", "postmortem"] as const)(
    "is never green over a firing alarm, although a person states %s",
    (status) => {
      const green = [{ component: "events", region, status: "operational" }] as const;
      const incident = only([
        alarms(),
        anUpdate(id, 5, { status: "identified", affected: green }),
        anUpdate(id, 6, { status, affected: green }),
      ]);
      expect(incident.status).toBe("identified");
      expect(incident.resolvedAt).toBeUndefined();
      expect(incident.affected).toEqual(outage);
      expect(incident.updates).toHaveLength(3);
    },
  );

  it("is not resolved by the end of its alarms while a person reports a component", () => {
    const incident = only([ended, anUpdate(id, 5, { affected: outage })]);
    expect(incident.status).toBe("identified");
    expect(incident.affected).toEqual(outage);
    expect(
      only([
        ended,
        anUpdate(id, 5, { affected: outage }),
        anUpdate(id, 30, { status: "resolved" }),
      ]),
    ).toMatchObject({ status: "resolved", resolvedAt: at(30) });
  });

  it("is under investigation again if an alarm returns after a person resolved it", () => {
    const returned = alarms({
      changes: [...ended.changes, { at: at(13), affected: outage, isUnreadable: false }],
    });
    const incident = only([returned, anUpdate(id, 12, { status: "resolved" })]);
    expect(incident).toMatchObject({ status: "investigating", resolvedAt: undefined });
  });

  it("has the status postmortem when its report is published", () => {
    const report = { kind: "postmortem", incident: id, at: at(40), body: "# Why" } as const;
    expect(only([ended, report])).toMatchObject({
      status: "postmortem",
      resolvedAt: at(15),
      postmortem: { body: "# Why", at: at(40) },
    });
    expect(only([alarms(), report]).status).toBe("investigating");
  });
});

describe("a merged incident", () => {
  const other = incidentIdOf(at(1), "a person");
  const opened = anUpdate(other, 1, {
    opens: { type: "incident" },
    name: "Calls fail",
    affected: [{ component: "calls", region, status: "major_outage" }],
  });

  it("is part of the one that continues it, with its alarms", () => {
    const merge = anUpdate(id, 7, { mergedInto: other, body: "Merged." });
    const incident = only([alarms(), opened, merge]);
    expect(incident).toMatchObject({ id: other, merged: [id], name: "Calls fail" });
    expect(incident.affected.map(({ component }) => component)).toEqual(["events", "calls"]);
    const resolved = anUpdate(other, 20, { status: "resolved" });
    expect(only([alarms(), opened, merge, resolved]).status).not.toBe("resolved");
    expect(only([ended, opened, merge, resolved]).status).toBe("resolved");
  });

  it.each([
    ["in a circle", other],
    ["into one that does not exist", "zzzzzzzzzzzz"],
  ])("is not lost if it is merged %s", (_, mergedInto) => {
    const records = [
      alarms(),
      opened,
      anUpdate(id, 7, { mergedInto }),
      ...(mergedInto === other ? [anUpdate(other, 8, { mergedInto: id })] : []),
    ];
    expect(incidentsFrom(records, at(60))).toHaveLength(2);
  });
});

describe("a maintenance", () => {
  const planned = incidentIdOf(start, "maintenance");
  const opened = anUpdate(planned, 0, {
    status: "scheduled",
    name: "New broker",
    body: "Devices reconnect once.",
    opens: { type: "maintenance", scheduledFor: at(60), scheduledUntil: at(90) },
    affected: [{ component: "connectivity", region, status: "under_maintenance" }],
  });
  const statusAt = (minutes: number, ...updates: IncidentRecord[]) =>
    only([opened, ...updates], at(minutes));

  it("begins and ends by itself at its times", () => {
    expect(statusAt(59)).toMatchObject({ status: "scheduled", type: "maintenance" });
    expect(statusAt(59).affected[0]?.status).toBe("operational");
    expect(statusAt(60).status).toBe("in_progress");
    expect(statusAt(60).affected[0]?.status).toBe("under_maintenance");
    expect(statusAt(90).status).toBe("completed");
    expect(statusAt(90).affected[0]?.status).toBe("operational");
  });

  it("can be moved, begun and ended by a person", () => {
    const moved = anUpdate(planned, 30, {
      status: "scheduled",
      opens: { type: "maintenance", scheduledFor: at(120), scheduledUntil: at(150) },
    });
    expect(statusAt(100, moved).status).toBe("scheduled");
    const begun = anUpdate(planned, 40, { status: "in_progress" });
    expect(statusAt(100, begun).status).toBe("in_progress");
    const cancelled = anUpdate(planned, 40, { status: "completed" });
    expect(statusAt(70, cancelled)).toMatchObject({ status: "completed", resolvedAt: at(40) });
  });
});

it("leaves out records of an incident that nothing opened", () => {
  expect(incidentsFrom([anUpdate(id, 1)], at(60))).toEqual([]);
});
