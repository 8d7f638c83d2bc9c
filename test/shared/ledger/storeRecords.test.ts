import { expect, it } from "vitest";
import { chooseAttempts } from "#shared/ledger/chooseAttempts.ts";
import { emptyRecord } from "#shared/ledger/record.ts";
import { storeRecords } from "#shared/ledger/storeRecords.ts";
import { memoryAttempts } from "../../memory/delivery/attempts.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryTraffic } from "../../memory/delivery/traffic.ts";
import { memoryDeviceActivity } from "../../memory/presence/deviceActivity.ts";
import { deviceId, fleet, someTime, stoppedClock } from "../../memory/samples.ts";

const other = deviceId.replace("0", "f");

/** The dependencies of `record`, in memory. */
const world = () => ({
  activityStore: memoryDeviceActivity(),
  entries: memoryLedgerEntries(),
  attempts: memoryAttempts(),
  chooseAttempts: chooseAttempts(),
  traffic: memoryTraffic(),
  onError: () => {},
  now: stoppedClock().now,
});

it("stores the latest activity of each device, and its fleet", async () => {
  const deps = world();
  const records = [
    { ...emptyRecord, heard: [{ device: deviceId, fleet, at: 2 }] },
    { ...emptyRecord, heard: [{ device: other, fleet, at: 5 }] },
    { ...emptyRecord, heard: [{ device: deviceId, fleet: "f2", at: 7 }] },
    { ...emptyRecord, heard: [{ device: deviceId, fleet, at: 3 }] },
  ];
  await storeRecords(records, deps);
  const keys = await deps.activityStore.list(10);
  expect(keys).toHaveLength(1);
  expect(await deps.activityStore.read(keys[0]!)).toEqual([
    { device: deviceId, fleet: "f2", at: 7 },
    { device: other, fleet, at: 5 },
  ]);
});

it("writes nothing for empty records", async () => {
  const deps = world();
  await storeRecords([emptyRecord], deps);
  expect(await deps.activityStore.list(10)).toEqual([]);
  expect(await deps.entries.list(10)).toEqual([]);
});

it("merges records of the same message before it writes them", async () => {
  const deps = world();
  const message = { event: "e1", acceptedAt: someTime };
  await storeRecords(
    [
      { ...emptyRecord, plans: [{ ...message, at: someTime, to: ["a"] }] },
      {
        ...emptyRecord,
        outcomes: [{ ...message, integration: "a", at: someTime, state: "delivered", failed: 0 }],
      },
    ],
    deps,
  );
  const [key] = await deps.entries.list(10);
  expect(await deps.entries.read(key!)).toEqual([
    {
      ...message,
      plan: { at: someTime, to: ["a"] },
      outcomes: { a: { state: "delivered", at: someTime, due: someTime, failed: 0 } },
    },
  ]);
});

it("adds the events of a fleet in a minute together, once", async () => {
  const deps = world();
  const records = [
    { ...emptyRecord, routed: [{ fleet, at: 60_001, events: 2 }] },
    { ...emptyRecord, routed: [{ fleet, at: 119_999, events: 3 }] },
    { ...emptyRecord, routed: [{ fleet: "f2", at: 60_001, events: 1 }] },
    { ...emptyRecord, routed: [{ fleet, at: 120_000, events: 4 }] },
  ];
  await storeRecords(records, deps);
  expect(deps.traffic.all).toEqual([
    { fleet, metric: "events", at: 60_000, counts: [5] },
    { fleet: "f2", metric: "events", at: 60_000, counts: [1] },
    { fleet, metric: "events", at: 120_000, counts: [4] },
  ]);
});

it("is complete although events cannot be counted: a repeat would count others twice", async () => {
  const errors: unknown[] = [];
  const deps = {
    ...world(),
    traffic: { add: () => Promise.reject(new Error("throttled")) },
    onError: (_: string, error: unknown) => void errors.push(error),
  };
  await storeRecords([{ ...emptyRecord, routed: [{ fleet, at: 1, events: 1 }] }], deps);
  expect(errors).toEqual([new Error("throttled")]);
});
