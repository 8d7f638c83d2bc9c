import { describe, expect, it } from "vitest";
import type { AlarmRecord } from "#shared/status/incidentRecord.ts";
import { alarmRecord } from "#shared/status/incidentRecord.ts";
import { type MonitoredAlarm, recordsFromAlarms } from "#shared/status/recordsFromAlarms.ts";
import { anAlarm, minute, region, start } from "./support/samples.ts";

/** The records after each minute with these alarms, as a status function stores them. */
const recorded = (
  course: readonly (readonly [at: number, ...alarms: MonitoredAlarm[]])[],
  known: readonly AlarmRecord[] = [],
): AlarmRecord[] => {
  const stored = new Map(known.map((record) => [record.incident, record]));
  for (const [at, ...alarms] of course) {
    const now = start + at * minute;
    const seen = { region, readAt: now, alarms };
    for (const record of recordsFromAlarms(seen, [...stored.values()], now)) {
      stored.set(record.incident, alarmRecord.parse(record));
    }
  }
  return [...stored.values()];
};

describe("incidents from alarms", () => {
  it("are opened by a firing alarm: partial outage if it is critical, else degraded", () => {
    const [record] = recorded([
      [1, anAlarm("A"), anAlarm("B", { severity: "error", components: ["api"] })],
    ]);
    expect(record).toMatchObject({ detectedAt: start, shownAt: start + minute });
    expect(record?.changes[0]).toEqual({
      at: start,
      isUnreadable: false,
      affected: [
        { component: "events", region, status: "partial_outage" },
        { component: "api", region, status: "degraded_performance" },
      ],
    });
  });

  it("are the same for two regions that see the alarm at different times", () => {
    const alarm = anAlarm("A");
    const [one] = recorded([[1, alarm]]);
    const [other] = recorded([[3, alarm]]);
    expect(other?.incident).toBe(one?.incident);
    const elsewhere = recordsFromAlarms(
      { region: "us-east-1", readAt: start, alarms: [alarm] },
      [],
      start,
    );
    expect(elsewhere[0]?.incident).not.toBe(one?.incident);
  });

  it.each([
    ["a warning", anAlarm("A", { severity: "warning" })],
    ["insufficient data", anAlarm("A", { state: "INSUFFICIENT_DATA" })],
    ["an alarm without a known text", { ...anAlarm("A"), text: undefined }],
  ])("are not opened by %s", (_, alarm) => {
    expect(recorded([[1, alarm]])).toEqual([]);
  });

  it("have the components of the alarms of a group, not those of the whole group", () => {
    const group = anAlarm("Group", {
      isComposite: true,
      components: ["events", "calls", "api"],
      severity: "error",
    });
    const part = anAlarm("Part", { hasActions: false, components: ["calls"] });
    const warning = anAlarm("Part", { hasActions: false, severity: "warning" });
    const affected = (...alarms: MonitoredAlarm[]) =>
      recorded([[1, ...alarms]])[0]?.changes[0]?.affected.map(({ component }) => component);
    expect(affected(group, part)).toEqual(["calls"]);
    expect(affected(group, warning)).toBeUndefined();
    expect(affected(group)).toEqual(["events", "calls", "api"]);
    // It waits for its first data after a deployment, so its group does not fire.
    expect(affected(part)).toBeUndefined();
  });

  it("collect the alarms that one fault starts, whatever their components", () => {
    const first = anAlarm("A");
    const second = anAlarm("B", { since: 10, components: ["calls"] });
    const [record, ...others] = recorded([
      [1, first],
      [11, first, second],
    ]);
    expect(others).toEqual([]);
    expect(record?.changes.map(({ at }) => at)).toEqual([start, start + 10 * minute]);
  });

  it("are separate for a later fault of other components", () => {
    const long = anAlarm("A");
    const records = recorded([
      [1, long],
      [600, long, anAlarm("B", { since: 599, components: ["calls"] })],
    ]);
    expect(records).toHaveLength(2);
  });

  it("are resolved when no alarm has fired for five minutes", () => {
    const flapping = [[1, anAlarm("A")], [4], [7, anAlarm("A", { since: 6 })], [9], [13]] as const;
    const [open] = recorded(flapping);
    expect(open?.resolvedAt).toBeUndefined();
    const [record, ...others] = recorded([...flapping, [14]]);
    expect(others).toEqual([]);
    expect(record?.resolvedAt).toBe(start + 14 * minute);
    expect(record?.changes.map(({ affected }) => affected.length)).toEqual([1, 0, 1, 0]);
    expect(recorded([[20, anAlarm("A", { since: 20 })]], [record!])).toHaveLength(2);
  });

  it("are not written again while nothing changes", () => {
    const alarm = anAlarm("A");
    const known = recorded([[1, alarm]]);
    const now = start + 2 * minute;
    expect(recordsFromAlarms({ region, readAt: now, alarms: [alarm] }, known, now)).toEqual([]);
  });

  it("say that the status of a region is unknown if its alarms cannot be read", () => {
    const read = { region, readAt: start, alarms: [] };
    expect(recordsFromAlarms(read, [], start + minute)).toEqual([]);
    // The second run that fails, which started a little early.
    const [record] = recordsFromAlarms(read, [], start + 119_000);
    expect(record?.changes[0]?.isUnreadable).toBe(true);
    expect(record?.changes[0]?.affected).toHaveLength(7);
    expect(record?.changes[0]?.affected[0]?.status).toBe("degraded_performance");
  });

  it("have a bounded number of changes and alarms", () => {
    const flapping = Array.from({ length: 400 }, (_, i) =>
      i % 2 === 0 ? ([i, anAlarm("A", { since: i })] as const) : ([i] as const),
    );
    const many = Array.from({ length: 200 }, (_, i) => anAlarm(`A${i}`));
    const [record] = recorded([...flapping, [400, ...many]]);
    expect(record?.changes.length).toBe(100);
    expect(record?.alarms.length).toBe(50);
    expect(record?.changes.at(-1)?.affected).toHaveLength(1);
  });
});
