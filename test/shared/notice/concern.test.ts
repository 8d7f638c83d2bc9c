import { describe, expect, it } from "vitest";
import { aggregateLedger } from "#shared/ledger/aggregateLedger.ts";
import { entryOfOutcome, entryOfPlan, type LedgerEntry } from "#shared/ledger/entry.ts";
import { ledgerLateMs, ledgerMissingMs } from "#shared/ledger/limits.ts";
import { findConcern, isConcerned } from "#shared/notice/concern/concern.ts";
import { concernDevicesMax, concernSettleMs } from "#shared/notice/limits.ts";
import { dayMs, minuteMs } from "#shared/platform/durations.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { Session } from "#shared/presence/session.ts";
import { memoryLedgerEntries } from "../../memory/delivery/ledgerEntries.ts";
import { memoryLedgerRows } from "../../memory/delivery/ledgerRows.ts";
import { memoryOpenUsage } from "../../memory/delivery/usage.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { stoppedClock } from "../../memory/samples.ts";

const start = 1_735_787_400_000;
const span = { from: start, to: start + 10 * minuteMs };

const idOf = (n: number): string => n.toString(16).padStart(24, "0");

const aSession = (n: number, given: Partial<Session>): Session => ({
  device: idOf(n),
  region: "us-east-1",
  connected: true,
  since: 0,
  at: 0,
  revision: 1,
  ...given,
});

/** A fleet with two integrations, of which one cannot be read, and devices. */
const world = ({ devices = 0, sessions = [] }: { devices?: number; sessions?: Session[] } = {}) => {
  const clock = stoppedClock(start + dayMs);
  const entries = memoryLedgerEntries();
  const rows = memoryLedgerRows();
  const rowsOfDevices = Array.from({ length: devices }, (_, n) => ({
    id: idOf(n),
    fleet: "f",
    createdAt: new Date(0).toISOString(),
  }));
  const deps = {
    integrations: {
      fleetRouting: async (fleet: string) => ({
        integrations: fleet === "f" ? [{ id: "a", event: "temperature" }] : [],
        unreadable: new Map(fleet === "f" ? [["b", new Error("malformed")]] : []),
      }),
    },
    rows,
    devices: memoryDevices(rowsOfDevices),
    sessions: {
      list: async (ids: readonly string[]) => sessions.filter(({ device }) => ids.includes(device)),
    },
    now: clock.now,
  };
  const record = async (added: readonly LedgerEntry[]) => {
    await entries.add(added, clock.now());
    await aggregateLedger(Number.POSITIVE_INFINITY, {
      entries,
      rows,
      openUsage: memoryOpenUsage(),
      now: clock.now,
    });
  };
  return { clock, record, ask: (fleet = "f", range = span) => findConcern(fleet, range, deps) };
};

const event = (name: string, minute: number) => {
  const acceptedAt = start + minute * minuteMs;
  const outcome = (integration: string, afterMs: number, state: "delivered" | "dead") =>
    entryOfOutcome({
      event: name,
      acceptedAt,
      integration,
      at: acceptedAt + afterMs,
      state,
      failed: 1,
    });
  return {
    plan: (...to: string[]) => entryOfPlan({ event: name, acceptedAt, at: acceptedAt, to }),
    outcome,
    acceptedAt,
  };
};

describe("the concern of a fleet", () => {
  it("counts what was delivered at once, late, dead-lettered, pending and missing", async () => {
    const { clock, record, ask } = world();
    clock.ms = start + 9 * minuteMs;
    const [inTime, late, dead, waiting] = [
      event("1", 0),
      event("2", 1),
      event("3", 2),
      event("4", 8),
    ];
    await record([
      inTime.plan("a"),
      inTime.outcome("a", ledgerLateMs, "delivered"),
      late.plan("a"),
      late.outcome("a", ledgerLateMs + 1, "delivered"),
      dead.plan("b"),
      dead.outcome("b", 5, "dead"),
      waiting.plan("a"),
      // Outside of the time span.
      event("5", 10).plan("a"),
      event("6", -1).plan("a"),
    ]);
    const found = await ask();
    expect(found.counts).toMatchObject({ matched: 4, delivered: 2, late: 1, dead: 1, waiting: 1 });
    expect(found).toMatchObject({ isBalanced: false, isProvisional: true, checked: 2 });
    expect(found.balancedAt).toBeUndefined();
    expect(found.integrations).toMatchObject([{ id: "a", event: "temperature" }, { id: "b" }]);
    clock.ms = waiting.acceptedAt + ledgerMissingMs;
    await record([]);
    expect((await ask()).counts).toMatchObject({ waiting: 0, missing: 1 });
    expect((await ask()).counts.missingIds).toHaveLength(1);
  });

  it("balances at the time of the last outcome, and is then no longer provisional", async () => {
    const { clock, record, ask } = world();
    clock.ms = span.to + concernSettleMs - 1;
    const one = event("1", 0);
    await record([one.plan("a", "b"), one.outcome("a", 3, "delivered")]);
    expect(await ask()).toMatchObject({ isBalanced: false });
    await record([one.outcome("b", 300_000, "delivered")]);
    const balanced = { isBalanced: true, balancedAt: start + 300_000 };
    expect(await ask()).toMatchObject({ ...balanced, isProvisional: true });
    clock.ms += 1;
    expect(await ask()).toMatchObject({ ...balanced, isProvisional: false });
  });

  it("is empty for a fleet whose deliveries were all delivered at once, and for another fleet", async () => {
    const { record, ask } = world();
    const one = event("1", 0);
    await record([one.plan("a"), one.outcome("a", 3, "delivered")]);
    const found = await ask();
    expect(isConcerned(found)).toBe(false);
    expect(found).toMatchObject({ integrations: [], counts: { matched: 1, delivered: 1 } });
    expect(await ask("other")).toMatchObject({ checked: 0, counts: { matched: 0 } });
  });

  it("names devices that disconnected in the time span, and those that connected again", async () => {
    const within = start + minuteMs;
    const offline = { connected: false };
    const { ask } = world({
      devices: 6,
      sessions: [
        aSession(0, { since: within }),
        aSession(1, { ...offline, since: within }),
        // Connected in another region.
        aSession(2, { ...offline, since: within }),
        aSession(2, { region: "eu-west-1", since: 1 }),
        aSession(3, { ...offline, since: span.to }),
        aSession(4, { since: start - 1 }),
      ],
    });
    const found = await ask();
    expect(found.devices).toEqual({
      checked: 6,
      isComplete: true,
      disconnected: [idOf(1)],
      reconnected: [idOf(0)],
    });
    expect(isConcerned(found)).toBe(true);
  });

  it("checks a bounded number of devices, and says so", async () => {
    const { ask } = world({ devices: concernDevicesMax + 1 });
    expect((await ask()).devices).toMatchObject({ checked: concernDevicesMax, isComplete: false });
  });

  it.each([
    ["empty", { from: start, to: start }],
    ["longer than a week", { from: start, to: start + 7 * dayMs + 1 }],
  ])("is not computed for a time span that is %s", async (_, range) => {
    await expect(world().ask("f", range)).rejects.toThrow(Failure);
  });
});
