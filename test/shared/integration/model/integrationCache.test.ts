import { describe, expect, it } from "vitest";
import type { Integration } from "#shared/integration/model/integration.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import type { FleetRouting } from "#shared/integration/model/integrations.ts";
import {
  fleetsCachedMax,
  integrationsFreshMs,
  integrationsRetryMs,
} from "#shared/integration/model/limits.ts";
import { memoryIntegrations } from "../../../memory/delivery/integrations.ts";
import { anIntegration, fleet, stoppedClock } from "../../../memory/samples.ts";

const a = anIntegration({ id: "a" });
const b = anIntegration({ id: "b" });

/** A table that counts its reads, may be unavailable, and may be slow. */
const world = (given: readonly Integration[] = []) => {
  const clock = stoppedClock();
  const table = memoryIntegrations(given);
  const state = { reads: 0, finds: 0, down: false, hold: Promise.resolve(), broken: "" };
  const stale: string[] = [];
  const unreadable: string[] = [];
  const known = integrationCache({
    integrations: {
      async fleetRouting(fleet) {
        state.reads += 1;
        const { down, hold } = state;
        // A read returns the rows of its start, however long it takes.
        const read = await table.fleetRouting(fleet);
        await hold;
        if (down) throw new Error("the table is down");
        return withBroken(read, state.broken);
      },
      async find(fleet, id) {
        state.finds += 1;
        if (state.down) throw new Error("the table is down");
        return table.find(fleet, id);
      },
    },
    now: clock.now,
    onStale: (fleet) => void stale.push(fleet),
    onUnreadable: ({ id }) => void unreadable.push(id),
  });
  return { clock, table, state, stale, unreadable, known };
};

/** The result of a table with one unreadable row. */
const withBroken = (fleetRouting: FleetRouting, broken: string): FleetRouting =>
  broken === ""
    ? fleetRouting
    : {
        ...fleetRouting,
        integrations: fleetRouting.integrations.filter(({ id }) => id !== broken),
        unreadable: new Map([[broken, new Error("no JSON")]]),
      };

describe("an unreadable integration", () => {
  it("keeps its last known settings, and blocks no others", async () => {
    const { clock, state, known, unreadable } = world([a, b]);
    expect(await known.find(fleet, "a")).toEqual(a);
    state.broken = "a";
    for (let reads = 0; reads < 3; reads += 1) {
      clock.ms += integrationsFreshMs;
      expect(await known.find(fleet, "a")).toEqual(a);
      expect(await known.find(fleet, "b")).toEqual(b);
      expect((await known.ofFleet(fleet)).undecodableIds).toEqual([]);
    }
    // Reported once, when it becomes unreadable.
    expect(unreadable).toEqual(["a"]);
  });

  it("is distinguished from a missing one until it can be read", async () => {
    const { clock, state, known } = world([a, b]);
    state.broken = "a";
    expect(await known.find(fleet, "a")).toBe("unreadable");
    expect(await known.ofFleet(fleet)).toEqual({ known: [b], undecodableIds: ["a"] });
    expect(await known.find(fleet, "c")).toBeUndefined();
    state.broken = "";
    clock.ms += integrationsFreshMs;
    expect(await known.find(fleet, "a")).toEqual(a);
  });
});

describe("cached integrations", () => {
  it("are read once, and again when they are no longer fresh", async () => {
    const { clock, state, known } = world([a]);
    expect((await known.ofFleet(fleet)).known).toEqual([a]);
    clock.ms += integrationsFreshMs - 1;
    await known.ofFleet(fleet);
    expect(state.reads).toBe(1);
    clock.ms += 1;
    await known.ofFleet(fleet);
    expect(state.reads).toBe(2);
  });

  it("include every change that was confirmed, because the writer waits until they are no longer fresh", async () => {
    const { clock, table, known } = world([a]);
    await known.ofFleet(fleet);
    await table.add(b);
    clock.ms += integrationsFreshMs;
    expect((await known.ofFleet(fleet)).known).toEqual([a, b]);
    await table.remove(fleet, "a");
    clock.ms += integrationsFreshMs;
    expect((await known.ofFleet(fleet)).known).toEqual([b]);
  });

  it("are read once if time passes between the request and the read", async () => {
    let ms = 0;
    let reads = 0;
    const known = integrationCache({
      integrations: {
        async fleetRouting() {
          reads += 1;
          // A read that is never fresh would repeat without end.
          if (reads > 5) throw new Error("read repeatedly");
          return memoryIntegrations([a]).fleetRouting(fleet);
        },
        find: async () => undefined,
      },
      now: () => {
        ms += 1;
        return ms;
      },
      onStale: () => {},
      onUnreadable: () => {},
    });
    await known.ofFleet(fleet);
    expect(reads).toBe(1);
  });

  it("are read a bounded number of times if the clock is set back during a read", async () => {
    const { clock, state, known } = world([a]);
    const { promise, resolve } = Promise.withResolvers<void>();
    state.hold = promise;
    const asking = known.ofFleet(fleet);
    clock.ms -= 3_600_000;
    state.hold = Promise.resolve();
    resolve();
    expect((await asking).known).toEqual([a]);
    expect(state.reads).toBeLessThanOrEqual(2);
  });

  it("include it also if an earlier read takes longer than they are fresh", async () => {
    const { clock, table, state, known } = world([a]);
    const { promise, resolve } = Promise.withResolvers<void>();
    state.hold = promise;
    const early = known.ofFleet(fleet);
    await Promise.resolve();
    await table.add(b);
    clock.ms += integrationsFreshMs;
    state.hold = Promise.resolve();
    const late = known.ofFleet(fleet);
    resolve();
    expect((await late).known).toEqual([a, b]);
    expect((await early).known).toEqual([a]);
  });

  it("are read once for concurrent requests", async () => {
    const { state, known } = world([a]);
    const all = await Promise.all(Array.from({ length: 50 }, () => known.ofFleet(fleet)));
    expect(state.reads).toBe(1);
    expect(all.every(({ known }) => known.length === 1)).toBe(true);
  });

  it("are used when they are stale and the table is unavailable, with a pause before the next read", async () => {
    const { clock, state, stale, table, known } = world([a]);
    await known.ofFleet(fleet);
    state.down = true;
    clock.ms += integrationsFreshMs;
    expect((await known.ofFleet(fleet)).known).toEqual([a]);
    clock.ms += integrationsRetryMs - 1;
    expect((await known.ofFleet(fleet)).known).toEqual([a]);
    expect(state.reads).toBe(2);
    expect(stale).toEqual([fleet]);
    await table.add(b);
    state.down = false;
    clock.ms += 1;
    expect((await known.ofFleet(fleet)).known).toEqual([a, b]);
  });

  it("fail for all requests if they were never read, and are read again at once", async () => {
    const { state, known } = world([a]);
    state.down = true;
    const asked = await Promise.allSettled([known.ofFleet(fleet), known.ofFleet(fleet)]);
    expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    state.down = false;
    expect((await known.ofFleet(fleet)).known).toEqual([a]);
  });

  it("are evicted for the least recently used fleet", async () => {
    const { state, known } = world();
    for (let i = 0; i < fleetsCachedMax; i += 1) await known.ofFleet(`f${i}`);
    await known.ofFleet("f0");
    await known.ofFleet("one more");
    expect(state.reads).toBe(fleetsCachedMax + 1);
    await known.ofFleet("f0");
    expect(state.reads).toBe(fleetsCachedMax + 1);
    await known.ofFleet("f1");
    expect(state.reads).toBe(fleetsCachedMax + 2);
  });
});

describe("one integration of the cache", () => {
  it("is found in memory", async () => {
    const { state, known } = world([a]);
    expect(await known.find(fleet, "a")).toEqual(a);
    expect(state.finds).toBe(0);
  });

  it("is read if the cache is older than it is, because another worker may know it already", async () => {
    const { state, table, known } = world([a]);
    await known.ofFleet(fleet);
    await table.add(b);
    expect(await known.find(fleet, "b")).toEqual(b);
    expect(state.finds).toBe(1);
  });

  it("is not reported missing while the table is unavailable", async () => {
    const { clock, state, known } = world([a]);
    await known.ofFleet(fleet);
    clock.ms += integrationsFreshMs;
    state.down = true;
    await expect(known.find(fleet, "b")).rejects.toThrow("the table is down");
    expect(await known.find(fleet, "a")).toEqual(a);
  });
});
