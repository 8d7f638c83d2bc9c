import { expect, it } from "vitest";
import { readOperations } from "#shared/operations/readOperations.ts";
import type { Page } from "#shared/paging/page.ts";
import type { DrillResult } from "#shared/status/drills/drillResult.ts";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import { sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { memoryAlarmStates } from "../../memory/alarm/alarmStates.ts";
import { memoryRegionMetrics } from "../../memory/operations/regionMetrics.ts";
import { memoryHeartbeats } from "../../memory/paging/heartbeats.ts";
import { memoryPages } from "../../memory/paging/pageStore.ts";
import { memorySelfTests } from "../../memory/paging/selfTests.ts";
import { memoryIncidentRecords } from "../../memory/status/incidentRecords.ts";

const regions = ["us-east-1", "eu-west-1"];
const now = Date.parse("2026-12-01T10:00:00Z");
const minute = 60_000;
const day = 1_440 * minute;
const never = new Promise<never>(() => {});

const drill: DrillResult = {
  date: "2026-11-30",
  drill: "queue-service-down",
  failure: "SQS rejects every request.",
  place: "one machine",
  passed: true,
  accepted: 5,
  delivered: 5,
  lost: 0,
};

/** A healthy deployment of two regions, whose parts a test changes. */
const healthy = async () => {
  const metrics = memoryRegionMetrics();
  const heartbeats = memoryHeartbeats();
  for (const [i, by] of regions.entries()) {
    metrics.readings.set(by, {
      queues: [{ name: "Godwit-Events", oldestSeconds: 2, visible: 1, at: now }],
      ledger: { missing: 0, overdue: [], at: now },
      canary: [],
    });
    await heartbeats.record({ from: regions[1 - i] ?? "", by, at: now - 30_000 });
  }
  return {
    region: "us-east-1",
    regions,
    alarms: memoryAlarmStates(),
    metrics,
    records: memoryIncidentRecords(),
    pages: memoryPages(),
    selfTests: memorySelfTests(),
    heartbeats,
    drills: [{ ...drill, drill: "an earlier one" }, drill],
    sourceMs: 50,
    now: () => now,
    onError: () => {},
  };
};

const aPage: Page = {
  id: "001764583200000-8f14e45fceea167a",
  dedupKey: "godwit/alarms/us-east-1/Godwit-A",
  watcher: "eu-west-1",
  region: "us-east-1",
  source: "alarms/us-east-1",
  key: "Godwit-A",
  summary: "A queue falls behind.",
  severity: "error",
  components: ["events"],
  slice: [],
  reason: "Threshold Crossed",
  since: now,
  createdAt: now,
  readAt: now,
  version: 1,
  deliveries: [
    { receiver: "ops", told: "trigger", failures: 0, dueSince: now, nextAt: now, attempts: [] },
    {
      receiver: "on-call",
      told: "nothing",
      failures: 3,
      dueSince: now,
      nextAt: now,
      dead: "the receiver answered 400",
      attempts: [],
    },
  ],
};

it("a healthy deployment has no problems, and every component of every region", async () => {
  const found = await readOperations(await healthy());
  expect(found.problems).toEqual([]);
  expect(found.unavailable).toEqual([]);
  expect(found.components).toHaveLength(14);
  expect(new Set(found.components.map(({ status }) => status))).toEqual(new Set(["operational"]));
  expect(found.drills).toEqual([drill, { ...drill, drill: "an earlier one" }]);
});

it("a firing alarm is a problem with its article, and sets its component, at once", async () => {
  const deps = await healthy();
  deps.alarms.alarms.push(
    sampleAlarm({ region: "eu-west-1", since: new Date(now - minute) }),
    sampleAlarm({ name: "Godwit-New", state: "INSUFFICIENT_DATA" }),
  );
  const found = await readOperations(deps);
  expect(found.problems).toEqual([
    "eu-west-1: Events wait too long. (docs/runbook.md#events-wait)",
  ]);
  expect(found).toMatchObject({ firing: 1, alarms: [{ region: "eu-west-1" }] });
  const affected = found.components.filter(({ status }) => status !== "operational");
  expect(affected).toEqual([
    {
      component: "events",
      region: "eu-west-1",
      status: "degraded_performance",
      since: now - minute,
    },
  ]);
});

it("an alarm that only contributes to a group is listed, and is no problem by itself", async () => {
  const deps = await healthy();
  deps.alarms.alarms.push(sampleAlarm({ hasActions: false, pages: false }));
  const found = await readOperations(deps);
  expect(found.alarms).toHaveLength(1);
  expect(found.problems).toEqual([]);
});

it("lists the most severe alarms first", async () => {
  const deps = await healthy();
  const text = sampleAlarm().text;
  if (text === undefined) throw new Error("the sample has a text");
  deps.alarms.alarms.push(
    sampleAlarm({ name: "Godwit-unreadable", text: undefined }),
    sampleAlarm({ name: "Godwit-warning", text: { ...text, severity: "warning" } }),
    sampleAlarm({ name: "Godwit-critical", text: { ...text, severity: "critical" } }),
  );
  const { alarms } = await readOperations(deps);
  expect(alarms.map(({ name }) => name)).toEqual([
    "Godwit-critical",
    "Godwit-warning",
    "Godwit-unreadable",
  ]);
});

it("a region that does not answer is named, and its components are unknown", async () => {
  const deps = await healthy();
  deps.alarms.failing.add("eu-west-1");
  deps.metrics.readings.delete("eu-west-1");
  const found = await readOperations(deps);
  expect(found.unavailable).toMatchObject([
    { source: "alarms", region: "eu-west-1" },
    { source: "metrics", region: "eu-west-1" },
  ]);
  expect(found.problems).toHaveLength(2);
  const statuses = found.components.map(({ region, status }) => `${region} ${status}`);
  expect(new Set(statuses)).toEqual(new Set(["us-east-1 operational", "eu-west-1 undefined"]));
  expect(found.ledger.map(({ region }) => region)).toEqual(["us-east-1"]);
});

it("a table that never answers is named within the bound, and the rest is there", async () => {
  const deps = await healthy();
  deps.alarms.alarms.push(sampleAlarm());
  const hangs = async (): Promise<never> => never;
  const found = await readOperations({
    ...deps,
    records: { list: hangs },
    pages: { ...deps.pages, open: hangs },
    selfTests: { latest: hangs },
    heartbeats: { list: hangs },
  });
  expect(found.unavailable).toEqual(
    ["incidents", "pages", "self-tests", "heartbeats"].map((source) => ({
      source,
      region: undefined,
      reason: "no answer within 50 ms",
    })),
  );
  expect(found).toMatchObject({ firing: 1, incidents: undefined, pages: undefined });
  const events = found.components.find(({ component }) => component === "events");
  expect(events).toMatchObject({ status: "degraded_performance" });
});

it("a source that fails with a long error has a short reason", async () => {
  const deps = await healthy();
  const active = async (): Promise<never> => {
    throw new Error(`${"x".repeat(500)}\nsecond line`);
  };
  const { unavailable } = await readOperations({ ...deps, alarms: { active } });
  expect(unavailable.map(({ reason }) => reason)).toEqual(["x".repeat(200), "x".repeat(200)]);
});

it("a delivery that was given up is a problem while its page is open", async () => {
  const deps = await healthy();
  await deps.pages.put(aPage);
  const open = await readOperations(deps);
  expect(open.problems).toEqual([`us-east-1: on-call did not get the page ${aPage.id}.`]);
  expect(open.pages).toMatchObject({
    open: [{ id: aPage.id }],
    failed: [{ receiver: "on-call", dead: "the receiver answered 400" }],
  });
  await deps.pages.close({ ...aPage, resolvedAt: now });
  const ended = await readOperations(deps);
  expect(ended.problems).toEqual([]);
  expect(ended.pages).toMatchObject({ open: [], failed: [{ receiver: "on-call" }] });
});

it("a self-test is a problem when nobody acknowledged it in time", async () => {
  const deps = await healthy();
  const test = { id: "t", region: "us-east-1", ways: ["sns" as const], acknowledged: {} };
  const latest = () => deps.selfTests.latest("us-east-1");
  await deps.selfTests.begin({ ...test, at: now - minute }, await latest());
  expect((await readOperations(deps)).problems).toEqual([]);
  await deps.selfTests.begin({ ...test, at: now - 2 * day }, await latest());
  expect((await readOperations(deps)).problems).toEqual([
    "us-east-1: Nobody acknowledged the self-test by sns.",
  ]);
  await deps.selfTests.acknowledge("us-east-1", "t", "sns", now);
  const found = await readOperations(deps);
  expect(found.problems).toEqual([]);
  expect(found.selfTests).toMatchObject([{ ways: [{ acknowledgedAt: now }] }, { at: undefined }]);
});

it("heartbeats that stopped are a problem; without any, nothing is known", async () => {
  const deps = await healthy();
  const later = { ...deps, now: () => now + 5 * minute };
  expect((await readOperations(later)).problems).toEqual([
    "eu-west-1: The watcher of us-east-1 receives no heartbeats from it.",
    "us-east-1: The watcher of eu-west-1 receives no heartbeats from it.",
  ]);
  const { heartbeats } = await readOperations({ ...deps, heartbeats: memoryHeartbeats() });
  expect(heartbeats).toEqual([
    { from: "eu-west-1", by: "us-east-1", at: undefined, isSilent: false },
    { from: "us-east-1", by: "eu-west-1", at: undefined, isSilent: false },
  ]);
});

it("missing deliveries are a problem; overdue ones are counted", async () => {
  const deps = await healthy();
  const overdue = [{ integration: "i", deliveries: 4 }];
  deps.metrics.readings.set("us-east-1", {
    queues: [],
    ledger: { missing: 3, overdue, at: now },
    canary: [],
  });
  const found = await readOperations(deps);
  expect(found.problems).toEqual(["us-east-1: 3 deliveries are missing."]);
  expect(found.ledger[0]).toMatchObject({ balance: { overdue } });
});

it("an incident that a person opened is listed until it ends", async () => {
  const deps = await healthy();
  const incident = incidentIdOf(now - minute, "webhooks");
  const update = (at: number, status: "investigating" | "resolved") =>
    deps.records.put({
      kind: "update",
      incident,
      id: incidentIdOf(at, status),
      at,
      status,
      body: "We look.",
      ...(status === "investigating" && {
        opens: { type: "incident" as const },
        name: "Webhooks are late",
      }),
    });
  await update(now - minute, "investigating");
  expect((await readOperations(deps)).incidents).toMatchObject([{ name: "Webhooks are late" }]);
  await update(now - 1_000, "resolved");
  expect((await readOperations(deps)).incidents).toEqual([]);
});
