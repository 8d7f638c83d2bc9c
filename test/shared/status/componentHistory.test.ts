import { describe, expect, it } from "vitest";
import { statusOf, uptimeOf } from "#shared/status/componentHistory.ts";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import { medianDelayMs } from "#shared/status/snapshot.ts";
import { anUpdate, minute, region, start } from "./support/samples.ts";
import { aSnapshot, endedRecords, everything, openRecords } from "./support/snapshots.ts";

const day = 1_440 * minute;
const { incidents, now, since } = aSnapshot(everything);
const events = { component: "events", region } as const;
const calls = { component: "calls", region } as const;

describe("the status of a component", () => {
  it("is the worst of all open incidents and maintenances, in its region", () => {
    expect(statusOf(events, incidents, now)).toMatchObject({
      status: "partial_outage",
      since: start,
    });
    expect(statusOf(calls, incidents, now)).toMatchObject({ status: "operational" });
    const ended = aSnapshot(endedRecords, { now: start - 3 * day + 12 * minute });
    expect(statusOf(calls, ended.incidents, ended.now)).toMatchObject({
      status: "operational",
      since: ended.now,
    });
    expect(statusOf({ ...events, region: "us-east-1" }, incidents, now)).toEqual({
      ...events,
      region: "us-east-1",
      status: "operational",
      since: undefined,
    });
  });
});

describe("the uptime of a component", () => {
  it("counts the minutes of a partial or major outage of each day", () => {
    const uptime = uptimeOf(calls, incidents, { since, now });
    expect(uptime.days).toHaveLength(90);
    expect(uptime.downMinutes).toBeCloseTo(12);
    const affected = uptime.days.filter(({ downMinutes }) => downMinutes > 0);
    expect(affected.map(({ start }) => new Date(start).toISOString())).toEqual([
      "2026-02-26T00:00:00.000Z",
    ]);
    expect(uptime.ratio).toBeCloseTo(1 - 12 / (30 * 1_440 + 10), 6);
  });

  it("covers no day before the page existed, and today until now", () => {
    const { days } = uptimeOf(calls, incidents, { since, now });
    expect(days.filter(({ minutes }) => minutes === 0)).toHaveLength(59);
    expect(days.at(-1)?.minutes).toBe(610);
    expect(uptimeOf(calls, [], { since: now, now }).ratio).toBe(1);
  });

  it("counts overlapping incidents once, with the worst status, and divides them at midnight", () => {
    const other = incidentIdOf(start, "a person");
    const records = [
      ...openRecords,
      anUpdate(other, 2, {
        opens: { type: "incident" },
        name: "All is slow",
        affected: [{ component: "events", region, status: "degraded_performance" }],
      }),
    ];
    const later = aSnapshot(records, { now: start + day });
    const { days, downMinutes } = uptimeOf(events, later.incidents, later);
    expect(downMinutes).toBe(1_440);
    expect(days.slice(-2).map((one) => one.downMinutes)).toEqual([840, 600]);
    expect(days.slice(-2).map((one) => one.degradedMinutes)).toEqual([0, 0]);
  });
});

it("states the median delay between detection and the page", () => {
  expect(medianDelayMs(aSnapshot(everything))).toBe(30_000);
  expect(medianDelayMs(aSnapshot(endedRecords))).toBe(36_000);
  expect(medianDelayMs(aSnapshot([]))).toBeUndefined();
});
