import { describe, expect, it } from "vitest";
import {
  acquireSlot,
  type ConcurrencySlots,
  requireCallSlot,
  type SlotOwner,
  withCallSlot,
  withSlot,
} from "#shared/account/caller/acquireSlot.ts";
import { callSlotAfterMs, slotMarginMs, slotRetrySeconds } from "#shared/account/caller/limits.ts";
import type { SlotLimits } from "#shared/platform/slotLimits.ts";
import { memoryConcurrencySlots } from "../../../memory/account/concurrencySlots.ts";
import { someTime } from "../../../memory/samples.ts";

const lifeMs = 29_000;
const limits: SlotLimits = {
  calls: { perUser: 4, executionsPerUser: 25 },
  streams: { perClient: 2, perUser: 4, perFleet: 8 },
  tests: { perUser: 3 },
  reads: { perUser: 2 },
};
const slotsMax = { calls: 4, tests: 3 };
const ada: SlotOwner = { username: "ada", token: {} };
const eve: SlotOwner = { username: "eve", token: {} };
const product = {
  id: 7,
  name: "p",
  description: "",
  platformId: 0,
  owner: "ada",
  fleet: "p1",
  createdAt: "",
};
const apiUser = (name: string): SlotOwner => ({ username: name, token: { product: 7 } });

/** A clock that the test advances, which ends the waits. */
const timers = () => {
  const waiting = new Set<{ until: number; wake: () => void }>();
  const clock = {
    ms: someTime,
    now: () => clock.ms,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add({ until: clock.ms + ms, wake: resolve });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    pass(ms: number) {
      clock.ms += ms;
      for (const { until, wake } of waiting) if (until <= clock.ms) wake();
    },
  };
  return clock;
};

const world = (slots: ConcurrencySlots = memoryConcurrencySlots(), given = limits) => {
  const clock = timers();
  const errors: string[] = [];
  const deps = {
    slots,
    limits: given,
    accounts: { findProduct: async (id: number) => (id === product.id ? product : undefined) },
    now: clock.now,
    onError: (what: string) => void errors.push(what),
    wait: clock.wait,
  };
  const acquire = (who = ada) => acquireSlot("calls", who, lifeMs, deps);
  const takeAll = async () => {
    for (let i = 0; i < slotsMax.calls; i += 1) await acquire();
  };
  return { clock, errors, deps, acquire, takeAll };
};

const tooMany = {
  code: "too_many_requests",
  status: 429,
  retryAfterSeconds: slotRetrySeconds.calls,
};

describe("a user", () => {
  it("has a limited number of concurrent calls, and another when one ends", async () => {
    const { acquire } = world();
    const release = await acquire();
    for (let i = 1; i < slotsMax.calls; i += 1) await acquire();
    await expect(acquire()).rejects.toMatchObject(tooMany);
    await release();
    await acquire();
  });

  it("who tests unresponsive targets is limited, and another user is not", async () => {
    const { deps } = world();
    const { promise: hanging, resolve: answer } = Promise.withResolvers<string>();
    const test = (who: SlotOwner, work: Promise<string>) =>
      withSlot("tests", who, { lifeMs, deps }, () => work);
    const flood = Array.from({ length: 40 }, () => test(ada, hanging));
    expect(await test(eve, Promise.resolve("hi"))).toBe("hi");
    answer("late");
    const ended = await Promise.allSettled(flood);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(slotsMax.tests);
    expect(ended.at(-1)).toMatchObject({
      reason: { ...tooMany, retryAfterSeconds: slotRetrySeconds.tests },
    });
  });

  it("can use the slot of failed work again", async () => {
    const { deps, takeAll } = world();
    const fail = () => Promise.reject(new Error("no answer"));
    await expect(withSlot("calls", ada, { lifeMs, deps }, fail)).rejects.toThrow("no answer");
    await takeAll();
  });

  it("can use the slot of a crashed worker again after it expires", async () => {
    const { acquire, takeAll, clock } = world();
    await takeAll();
    clock.ms += lifeMs + slotMarginMs - 1;
    await expect(acquire()).rejects.toMatchObject(tooMany);
    clock.ms += 1;
    await acquire();
  });

  it("shares slots with all API users of a product, with or without the product in the path", async () => {
    const { acquire, takeAll } = world();
    await takeAll();
    await expect(acquire(apiUser("one@api"))).rejects.toMatchObject(tooMany);
    await expect(acquire({ ...apiUser("two@api"), product })).rejects.toMatchObject(tooMany);
    await acquire(eve);
  });

  it("is not limited while the table of slots does not respond", async () => {
    const down = async () => Promise.reject(new Error("the table is down"));
    const { acquire, takeAll, errors, deps } = world({
      acquire: down,
      isFull: down,
      release: down,
    });
    await takeAll();
    await (await acquire())();
    await requireCallSlot(ada, deps);
    expect(errors).toContain("slot");
  });
});

describe("with a limit of the region", () => {
  const inRegion = { ...limits, calls: { ...limits.calls, perUser: 2, inRegion: 3 } };

  it("all users together have that number of slots, and another when one ends", async () => {
    const { acquire, deps } = world(undefined, inRegion);
    await acquire();
    await acquire();
    const release = await acquire(eve);
    await expect(acquire(eve)).rejects.toMatchObject({
      ...tooMany,
      message: expect.stringContaining("3 concurrent calls"),
    });
    await expect(requireCallSlot(eve, deps)).rejects.toMatchObject(tooMany);
    await release();
    await requireCallSlot(eve, deps);
    await acquire(eve);
  });

  it("a refused request occupies no slot of its user", async () => {
    const { acquire } = world(undefined, {
      ...limits,
      calls: { ...limits.calls, perUser: 1, inRegion: 1 },
    });
    const release = await acquire();
    await expect(acquire(eve)).rejects.toMatchObject(tooMany);
    await release();
    await acquire(eve);
  });

  it("a user is not limited by more than the own slots while the region has free ones", async () => {
    const { acquire } = world(undefined, inRegion);
    await acquire();
    await acquire();
    await expect(acquire()).rejects.toMatchObject({
      ...tooMany,
      message: expect.stringContaining("2 concurrent calls"),
    });
    await acquire(eve);
  });
});

describe("calls to devices", () => {
  const mute = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason)),
    );

  it("that are answered in time need no slot, for any number of calls", async () => {
    const { deps, acquire } = world();
    for (let i = 1; i < slotsMax.calls; i += 1) await acquire();
    const call = () => withCallSlot(ada, { lifeMs, deps }, async () => "hi");
    const answers = await Promise.all(Array.from({ length: 100 }, call));
    expect(new Set(answers)).toEqual(new Set(["hi"]));
    await requireCallSlot(ada, deps);
  });

  it("to an unresponsive device have a bounded number of slots per user; further calls are not sent", async () => {
    const { deps, clock } = world();
    let waiting = 0;
    const call = (who: SlotOwner) =>
      withCallSlot(who, { lifeMs, deps }, (signal) => {
        waiting += 1;
        return mute(signal).finally(() => (waiting -= 1));
      });
    const flood = Array.from({ length: 60 }, () => call(ada).catch((error: unknown) => error));
    await new Promise(setImmediate);
    expect(waiting).toBe(60);
    clock.pass(callSlotAfterMs);
    const refused = await Promise.race([...flood]);
    expect(refused).toMatchObject({
      code: "device_timeout",
      message: expect.stringMatching(/^Timed out\. .* was sent/),
    });
    await new Promise(setImmediate);
    expect(waiting).toBe(slotsMax.calls);
    await expect(requireCallSlot(ada, deps)).rejects.toMatchObject(tooMany);
    await requireCallSlot(eve, deps);
  });

  it("release their slot when they end", async () => {
    const { deps, clock, takeAll } = world();
    const { promise: late, resolve: answer } = Promise.withResolvers<string>();
    const called = withCallSlot(ada, { lifeMs, deps }, () => late);
    clock.pass(callSlotAfterMs);
    await new Promise(setImmediate);
    answer("late");
    expect(await called).toBe("late");
    await takeAll();
  });
});
