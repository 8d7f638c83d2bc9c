import { describe, expect, it } from "vitest";
import { deliverPages } from "#shared/paging/deliverPages.ts";
import { attemptsKept, deliveryMsMax, retryMsMax, settleMs } from "#shared/paging/limits.ts";
import { pagesAfter } from "#shared/paging/reading.ts";
import { a, aReading, aSignal, deliveryWorld, onCall, start } from "./support/samples.ts";

const watcher = a;

/** A world with one open page, and a function that makes the attempts that are due. */
const openWorld = async (...receivers: Parameters<typeof deliveryWorld>) => {
  const made = deliveryWorld(...receivers);
  const { deps, pages, world } = made;
  const read = async (at: number, signals?: Parameters<typeof aReading>[1]) => {
    const open = await pages.open(watcher);
    const names = deps.receivers.map(({ name }) => name);
    const context = { receivers: names, watcher, now: world.now };
    for (const page of pagesAfter(open, aReading(at, signals), context)) await pages.put(page);
  };
  await read(start);
  const run = async () => deliverPages(await pages.open(watcher), world.now + 30_000, deps);
  return { ...made, read, run };
};

describe("a page", () => {
  it("is sent once to each receiver, with its runbook", async () => {
    const { run, told, notices } = await openWorld();
    await run();
    await run();
    expect(told.sort()).toEqual([
      "manager trigger Godwit-Region-us-east-1-Events",
      "on-call trigger Godwit-Region-us-east-1-Events",
    ]);
    expect(notices[0]?.runbook).toBe("https://docs.example/runbook.md#events-wait");
  });

  it("is reported to have ended, and is then kept among those that have ended", async () => {
    const { run, read, told, pages, world } = await openWorld([onCall]);
    await run();
    await read(start + 1, []);
    await run();
    world.now += settleMs + 1;
    await run();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
    expect(await pages.open(watcher)).toEqual([]);
    expect((await pages.closed(watcher, { limit: 9 })).pages).toMatchObject([
      { resolvedAt: start + 1, deliveries: [{ told: "resolve" }] },
    ]);
  });

  it("that has ended before a receiver knew of it is sent from its start", async () => {
    const { run, read, told } = await openWorld([onCall]);
    await read(start + 1, []);
    await run();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
  });

  it("that starts again is sent again", async () => {
    const { run, read, told } = await openWorld([onCall]);
    await run();
    await read(start + 1, []);
    await run();
    await read(start + 2);
    await run();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve", "trigger"]);
  });
});

describe("a receiver that fails", () => {
  it("does not take the time of new pages, however many of its own wait", async () => {
    const { deps, pages, read, world } = await openWorld();
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => aSignal({ key: `${n}`.padStart(3, "0") }));
    const sent = new Set<string>();
    let budget = 0;
    world.answer = async ({ page }, { name }) => {
      budget -= 1;
      if (name === "manager") sent.add(page.key);
      return name === "on-call"
        ? { kind: "failed", result: "no answer" }
        : { kind: "accepted", result: "" };
    };
    const limited = async () => {
      budget = 70;
      const now = () => (budget > 0 ? world.now : world.now + 60_000);
      await deliverPages(await pages.open(watcher), world.now + 30_000, { ...deps, now });
    };
    await read(start + 1, many(80));
    for (let n = 0; n < 3; n += 1) {
      world.now += 60_000;
      await limited();
    }
    expect([...sent].filter((key) => /^\d+$/.test(key))).toHaveLength(80);
  });

  it("is tried once more in the run, then with a growing delay, and the others are not delayed", async () => {
    const { run, world, told, pages } = await openWorld();
    const at: number[] = [];
    world.answer = async (_, { name }) => {
      if (name !== "on-call") return { kind: "accepted", result: "accepted" };
      at.push(world.now - start);
      return { kind: "failed", result: "the receiver answered 503" };
    };
    for (let minute = 0; minute < 60; minute += 1) {
      world.now = start + minute * 60_000;
      await run();
    }
    expect(told.filter((text) => text.startsWith("manager"))).toHaveLength(1);
    expect(at.slice(0, 2)).toEqual([0, 1_000]);
    const gaps = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(retryMsMax + 60_000);
    expect(at.length).toBeLessThan(14);
    const [page] = await pages.open(watcher);
    expect(page?.deliveries[0]?.attempts).toHaveLength(attemptsKept);
    expect(page?.deliveries[0]).toMatchObject({ told: "nothing", failures: at.length });
  });

  it("gets the page when it works again", async () => {
    const { run, world, pages } = await openWorld([onCall]);
    const works = world.answer;
    world.answer = async () => ({ kind: "failed", result: "down" });
    await run();
    world.answer = works;
    world.now += 60_000;
    await run();
    expect((await pages.open(watcher))[0]?.deliveries).toMatchObject([
      { told: "trigger", failures: 0 },
    ]);
  });

  it("is asked not before its Retry-After", async () => {
    const { run, world, told } = await openWorld([onCall]);
    world.answer = async () => ({ kind: "failed", result: "429", waitMs: 300_000 });
    await run();
    world.now += 299_000;
    await run();
    expect(told).toHaveLength(1);
    world.now += 1_000;
    await run();
    expect(told).toHaveLength(2);
  });

  it("is given up when it refuses, or after a day: the delivery is a dead letter with the reason", async () => {
    const { run, world, pages, told } = await openWorld([onCall]);
    world.answer = async () => ({ kind: "failed", result: "down" });
    await run();
    world.now += deliveryMsMax;
    await run();
    expect((await pages.open(watcher))[0]?.deliveries).toMatchObject([{ dead: "down" }]);
    const count = told.length;
    world.now += deliveryMsMax;
    await run();
    expect(told).toHaveLength(count);
    const refusing = await openWorld([onCall]);
    refusing.world.answer = async () => ({ kind: "refused", result: "400: no such key" });
    await refusing.run();
    expect((await refusing.pages.open(watcher))[0]?.deliveries).toMatchObject([
      { dead: "400: no such key" },
    ]);
    expect(refusing.told).toHaveLength(1);
  });
});

describe("the end of a problem that is read while its start is sent", () => {
  it("is due from then on, however long the start took", async () => {
    const { run, read, world, pages, told } = await openWorld([onCall]);
    world.now = start + deliveryMsMax - 1;
    world.answer = async ({ event }) => {
      if (event === "resolve") return { kind: "failed", result: "503" };
      await read(world.now, []);
      return { kind: "accepted", result: "accepted" };
    };
    await run();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve", "resolve"]);
    const [{ deliveries } = { deliveries: [] }] = await pages.open(watcher);
    expect(deliveries).toMatchObject([{ told: "trigger", failures: 2 }]);
    expect(deliveries[0]?.dead).toBeUndefined();
  });
});

describe("two runs at the same time", () => {
  it("make each attempt once: the page is claimed first", async () => {
    const { run, told } = await openWorld([onCall]);
    await Promise.all([run(), run(), run()]);
    expect(told).toHaveLength(1);
  });

  it("repeat the attempt of a run that has crashed, after its claim", async () => {
    const { run, world, told, deps, pages } = await openWorld([onCall]);
    const { send } = deps;
    const crashing = { ...deps, send: async () => Promise.reject(new Error("crash")) };
    const open = await pages.open(watcher);
    await expect(deliverPages(open, start + 30_000, crashing)).rejects.toThrow("crash");
    await run();
    expect(told).toEqual([]);
    world.now += 61_000;
    await run();
    expect(told).toHaveLength(1);
    expect(send).toBe(deps.send);
  });
});

it("no attempt starts after the deadline", async () => {
  const { deps, told, pages, world } = await openWorld();
  await deliverPages(await pages.open(watcher), world.now, deps);
  expect(told).toEqual([]);
});
