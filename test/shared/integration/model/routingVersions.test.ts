import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import {
  integrationsFreshMs,
  integrationsRetryMs,
  integrationsUnchangedMsMax,
  routingSettleMs,
  routingShards,
} from "#shared/integration/model/limits.ts";
import { routingShardOf } from "#shared/integration/model/routingChanges.ts";
import { routingVersions } from "#shared/integration/model/routingVersions.ts";
import { memoryIntegrations } from "../../../memory/delivery/integrations.ts";
import { anIntegration, fleet, stoppedClock } from "../../../memory/samples.ts";

/** Two fleets of different shards. */
const others = Array.from({ length: 50 }, (_, i) => `other${i}`);
const other = others.find((one) => routingShardOf(one) !== routingShardOf(fleet)) ?? "";

/** A replica of a region, and a worker of this region. Counts the worker's reads. */
const world = () => {
  const clock = stoppedClock();
  const counters = Array.from({ length: routingShards }, () => 0);
  const table = memoryIntegrations();
  const reads = { fleets: 0, counters: 0 };
  const down = { counters: false };
  const errors: unknown[] = [];
  const versions = routingVersions({
    changes: {
      async read() {
        reads.counters += 1;
        if (down.counters) throw new Error("the counters are down");
        return counters.map(String);
      },
    },
    now: clock.now,
    onError: (error) => void errors.push(error),
  });
  const cache = integrationCache({
    integrations: {
      async fleetRouting(one) {
        reads.fleets += 1;
        return table.fleetRouting(one);
      },
      find: table.find,
    },
    versions,
    now: clock.now,
    onStale: () => {},
    onUnreadable: () => {},
  });
  const count = (one: string): void => {
    counters[routingShardOf(one)]! += 1;
  };
  const known = async (one = fleet) => (await cache.ofFleet(one)).known.map(({ id }) => id);
  /** The worker has known its versions for long. */
  const settle = async (): Promise<void> => {
    for (let ms = 0; ms <= routingSettleMs + 2 * integrationsFreshMs; ms += integrationsFreshMs) {
      await known();
      clock.ms += integrationsFreshMs;
    }
    await known();
    Object.assign(reads, { fleets: 0, counters: 0 });
  };
  return { clock, table, reads, down, errors, count, known, settle };
};

describe("an unchanged fleet", () => {
  it("is not read again while its version is current, up to the limit", async () => {
    const { clock, reads, known, settle } = world();
    await settle();
    for (let s = 0; s < 20; s += 1) {
      clock.ms += integrationsFreshMs;
      await known();
    }
    expect(reads).toEqual({ fleets: 0, counters: 20 });
    clock.ms += integrationsUnchangedMsMax;
    await known();
    expect(reads.fleets).toBe(1);
  });

  it("shares the read of the versions with all other fleets", async () => {
    const { clock, reads, known, settle } = world();
    for (const one of others) await known(one);
    await settle();
    clock.ms += integrationsFreshMs;
    for (const one of others) await known(one);
    Object.assign(reads, { fleets: 0, counters: 0 });
    clock.ms += integrationsFreshMs;
    await Promise.all(others.map(known));
    await known();
    expect(reads).toEqual({ fleets: 0, counters: 1 });
  });

  it("is not read again after a change of a fleet of another shard", async () => {
    const { clock, reads, count, known, settle } = world();
    await settle();
    count(other);
    clock.ms += integrationsFreshMs;
    await known();
    expect(reads.fleets).toBe(0);
  });

  it("is read as often as without versions while they cannot be read", async () => {
    const { clock, table, reads, down, errors, known, settle } = world();
    await settle();
    down.counters = true;
    for (let ms = 0; ms < integrationsRetryMs; ms += integrationsFreshMs) {
      clock.ms += integrationsFreshMs;
      await table.add(anIntegration({ id: `at${ms}` }));
      expect(await known()).toContain(`at${ms}`);
    }
    expect(errors).toHaveLength(1);
    expect(reads.counters).toBe(1);
  });
});

describe("a change", () => {
  it("is in force one freshness after it was counted, whatever happens in which order", async () => {
    const step = fc.record({
      wait: fc.constantFrom(0, 1, 300, 999, 1_000, 9_000, 30_000),
      what: fc.constantFrom("change", "use", "use", "change other", "use other"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const { clock, table, count, known } = world();
        const changes: { at: number; id: string }[] = [];
        for (const [i, { wait, what }] of steps.entries()) {
          clock.ms += wait;
          const one = what.endsWith("other") ? other : fleet;
          if (what.startsWith("change")) {
            const id = `${one}/${i}`;
            await table.add(anIntegration({ id, fleet: one }));
            count(one);
            changes.push({ at: clock.ms, id });
          } else {
            const seen = await known(one);
            const due = changes.filter(
              ({ at, id }) => id.startsWith(`${one}/`) && at + integrationsFreshMs <= clock.ms,
            );
            expect(seen).toEqual(expect.arrayContaining(due.map(({ id }) => id)));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of another region is in force soon after its rows arrived, before or after their counter", async () => {
    const lagMax = routingSettleMs - 2 * integrationsFreshMs;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -lagMax, max: lagMax }),
        fc.array(fc.constantFrom(100, 700, 1_000, 2_500), { minLength: 30, maxLength: 60 }),
        async (rowsLag, waits) => {
          const { clock, table, count, known, settle } = world();
          await settle();
          const counterAt = clock.ms + lagMax;
          const rowsAt = counterAt + rowsLag;
          let isCounted = false;
          let isStored = false;
          for (const wait of waits) {
            clock.ms += wait;
            if (!isCounted && clock.ms >= counterAt) count(fleet);
            isCounted ||= clock.ms >= counterAt;
            if (!isStored && clock.ms >= rowsAt) await table.add(anIntegration({ id: "new" }));
            isStored ||= clock.ms >= rowsAt;
            const seen = await known();
            if (clock.ms >= Math.max(counterAt, rowsAt) + 2_500 + integrationsFreshMs) {
              expect(seen).toContain("new");
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is in force also if the clock was set back when the worker learned of it", async () => {
    const { clock, table, count, known, settle } = world();
    await settle();
    await table.add(anIntegration({ id: "new" }));
    count(fleet);
    clock.ms -= 3_600_000;
    await known(other);
    clock.ms += integrationsFreshMs;
    await known(other);
    clock.ms += 3_600_000;
    expect(await known()).toEqual(["new"]);
  });

  it("that was never counted is in force after the limit", async () => {
    const { clock, table, known, settle } = world();
    await settle();
    await table.add(anIntegration({ id: "uncounted" }));
    clock.ms += integrationsUnchangedMsMax;
    expect(await known()).toEqual(["uncounted"]);
  });
});
