import { describe, expect, it } from "vitest";
import { runLeaseMarginMs } from "#shared/platform/limits.ts";
import { type RunLeases, runAlone } from "#shared/platform/runAlone.ts";
import { memoryRunLeases } from "../../memory/platform/runLeases.ts";
import { someTime } from "../../memory/samples.ts";

const lifeMs = 50_000;

const world = (leases: RunLeases = memoryRunLeases()) => {
  const errors: unknown[] = [];
  let runs = 0;
  const clock = { ms: someTime };
  const deps = {
    leases,
    now: () => clock.ms,
    newId: () => {
      runs += 1;
      return String(runs);
    },
    onError: (error: unknown) => errors.push(error),
  };
  const start = (work: () => Promise<void>, withoutLease: "run" | "fail" = "fail") =>
    runAlone({ name: "ledger", lifeMs, withoutLease }, deps, work);
  return { clock, errors, start };
};

const never = async () => {
  throw new Error("ran beside another run");
};

describe("a scheduled function", () => {
  it("does nothing while another run is in progress, and runs again afterwards", async () => {
    const { start, clock } = world();
    const { promise: working, resolve: end } = Promise.withResolvers<void>();
    const first = start(() => working);
    clock.ms += lifeMs;
    expect(await start(never)).toBe(false);
    end();
    expect(await first).toBe(true);
    expect(await start(async () => {})).toBe(true);
  });

  it("runs again after a run that failed", async () => {
    const { start } = world();
    await expect(start(() => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(await start(async () => {})).toBe(true);
  });

  it("runs again within a minute after a run that crashed at its start", async () => {
    const { start, clock } = world();
    void start(() => new Promise(() => {}));
    await new Promise(setImmediate);
    clock.ms += lifeMs + runLeaseMarginMs - 1;
    expect(await start(never)).toBe(false);
    clock.ms += 1;
    expect(await start(async () => {})).toBe(true);
    expect(lifeMs + runLeaseMarginMs).toBeLessThan(60_000);
  });
});

describe("while the leases do not respond, a scheduled function", () => {
  const down = async () => Promise.reject(new Error("the table is down"));

  it("fails if two of its runs must not overlap", async () => {
    const { start } = world({ acquire: down, release: down });
    await expect(start(never)).rejects.toThrow("the table is down");
  });

  it("runs if its work may be done twice, for example to recover events", async () => {
    const { start, errors } = world({ acquire: down, release: down });
    let worked = false;
    expect(
      await start(async () => {
        worked = true;
      }, "run"),
    ).toBe(true);
    expect([worked, errors.length]).toEqual([true, 1]);
  });

  it("that has run does not fail if its lease cannot be released", async () => {
    const { start, errors } = world({ ...memoryRunLeases(), release: down });
    expect(await start(async () => {})).toBe(true);
    expect(errors).toHaveLength(1);
  });
});
