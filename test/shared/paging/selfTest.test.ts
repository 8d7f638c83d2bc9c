import { describe, expect, it } from "vitest";
import { alarmReading, changeReading } from "#shared/paging/alarmReadings.ts";
import { acknowledgeMs, selfTestMs } from "#shared/paging/limits.ts";
import {
  acknowledgeLatest,
  acknowledgeSelfTest,
  listPages,
  replayPage,
} from "#shared/paging/managePages.ts";
import { pagesAfter } from "#shared/paging/reading.ts";
import { pageWay, selfTestIn, selfTestReading, unacknowledged } from "#shared/paging/selfTest.ts";
import { runSelfTest, startSelfTest } from "#shared/paging/startSelfTest.ts";
import { sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { memoryPages } from "../../memory/paging/pageStore.ts";
import { memorySelfTests } from "../../memory/paging/selfTests.ts";
import { a, aReading, start } from "./support/samples.ts";

const testWorld = () => {
  const clock = { now: start };
  const reasons: string[] = [];
  const deps = {
    region: a,
    ways: pageWay.options,
    selfTests: memorySelfTests(),
    trigger: async (reason: string) => void reasons.push(reason),
    api: "https://api.example/live",
    newId: () => `t${reasons.length}`,
    now: () => clock.now,
  };
  /** The parts of the link in the reason of the latest test. */
  const link = () => {
    const url = new URL(reasons.at(-1)?.split(" ").at(-1) ?? "");
    const { way = "", ...rest } = Object.fromEntries(url.searchParams);
    return {
      url,
      given: { region: "", test: "", signature: "", ...rest, way: pageWay.parse(way) },
    };
  };
  return { clock, reasons, deps, link };
};

/** Starts a test by hand. */
const startTest = async (deps: ReturnType<typeof testWorld>["deps"]) =>
  startSelfTest(deps, await deps.selfTests.latest(deps.region));

describe("a self-test", () => {
  it("starts the alarm with a link that acknowledges its way, and nothing else", async () => {
    const { deps, reasons, link } = testWorld();
    await startTest(deps);
    expect(selfTestIn(reasons[0] ?? "")).toEqual({ id: "t0", region: a });
    const { url, given } = link();
    expect(url.href).toMatch(/^https:\/\/api\.example\/live\/v1\/pages\/acknowledge\?/);
    await acknowledgeSelfTest(given, deps);
    expect((await deps.selfTests.latest(a))?.acknowledged).toEqual({ sns: start });
  });

  it.each([
    { way: "watcher" as const },
    { test: "t9" },
    { region: "eu-west-1" },
    { signature: "x" },
  ])("is not acknowledged by a link that was changed: %j", async (change) => {
    const { deps, link } = testWorld();
    await startTest(deps);
    const given = { ...link().given, ...change };
    await expect(acknowledgeSelfTest(given, deps)).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  it("that was replaced by a newer one says so", async () => {
    const { deps, link } = testWorld();
    await startTest(deps);
    const { given } = link();
    await startTest(deps);
    await expect(acknowledgeSelfTest(given, deps)).rejects.toMatchObject({ code: "not_found" });
  });

  it("is sent by the second way without the link of the first one", async () => {
    const { deps, reasons, link } = testWorld();
    await startTest(deps);
    const [reason = ""] = reasons;
    const sent = [
      alarmReading(a, [sampleAlarm({ reason })], start),
      changeReading(
        {
          name: "x",
          region: a,
          state: "ALARM",
          description: "",
          isComposite: false,
          reason,
          at: start,
        },
        start,
      ),
    ].flatMap(({ signals }) => signals.map((signal) => signal.reason ?? ""));
    expect(sent).toHaveLength(2);
    for (const text of sent) {
      expect(text).not.toContain(link().given.signature);
      expect(text).not.toContain("http");
      expect(selfTestIn(text)).toEqual({ id: "t0", region: a });
    }
  });

  it("runs every week, the first one an hour after the first run", async () => {
    const { deps, clock, reasons } = testWorld();
    await runSelfTest(deps);
    expect(reasons).toHaveLength(0);
    clock.now += 60 * 60_000;
    await runSelfTest(deps);
    await runSelfTest(deps);
    expect(reasons).toHaveLength(1);
    clock.now += selfTestMs;
    await runSelfTest(deps);
    expect(reasons).toHaveLength(2);
  });

  it("starts once when two runs overlap", async () => {
    const { deps, clock, reasons } = testWorld();
    await runSelfTest(deps);
    clock.now += 60 * 60_000;
    const both = await Promise.all([runSelfTest(deps), runSelfTest(deps)]);
    expect(reasons).toHaveLength(1);
    expect(both[1]?.id).toBe(both[0]?.id);
  });

  it("is acknowledged by an operator only for a way that awaits it", async () => {
    const { deps } = testWorld();
    const acknowledge = (way: "sns" | "watcher") => acknowledgeLatest(a, way, deps);
    await expect(acknowledge("sns")).rejects.toThrow("no self-test");
    await runSelfTest(deps);
    await expect(acknowledge("sns")).rejects.toThrow("no self-test");
    await startTest({ ...deps, ways: ["sns"] });
    await expect(acknowledge("watcher")).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("awaits an acknowledgement by sns"),
    });
    expect(await acknowledge("sns")).toBe("t0");
    expect((await deps.selfTests.latest(a))?.acknowledged).toEqual({ sns: start });
  });

  it("tests nothing without a configured way", async () => {
    const { deps, clock, reasons } = testWorld();
    const without = { ...deps, ways: [] };
    await runSelfTest(without);
    clock.now += selfTestMs;
    await runSelfTest(without);
    expect(reasons).toEqual([]);
  });

  it("without an acknowledgment within a day pages by the other way", async () => {
    const { deps, clock } = testWorld();
    const test = await startTest(deps);
    if (test === undefined) throw new Error("no test");
    clock.now += acknowledgeMs;
    const after = { region: a, now: clock.now };
    expect(unacknowledged(test, clock.now)).toEqual(["sns", "watcher"]);
    expect(selfTestReading(test, after).signals).toMatchObject([{ key: `${a} sns` }]);
    expect(unacknowledged(test, clock.now - 1)).toEqual([]);
    const done = { ...test, acknowledged: { sns: start, watcher: start } };
    expect(selfTestReading(done, after).signals).toEqual([]);
  });
});

describe("pages for an operator", () => {
  const listed = async () => {
    const pages = memoryPages();
    const context = { receivers: ["on-call"], watcher: a, now: start };
    const [page] = pagesAfter([], aReading(start), context);
    if (page === undefined) throw new Error("there is no page");
    const [delivery] = page.deliveries;
    const dead = { ...page, deliveries: delivery ? [{ ...delivery, dead: "400" }] : [] };
    await pages.put(dead);
    return { pages, page: dead, deps: { pages, regions: [a], now: () => start + 5 } };
  };

  it("are listed with those that have ended", async () => {
    const { pages, page, deps } = await listed();
    expect(await listPages({}, deps)).toEqual([page]);
    await pages.close(page);
    expect(await listPages({}, deps)).toEqual([page]);
  });

  it.each(["open", "ended"])("are sent again after a dead letter: %s", async (state) => {
    const { pages, page, deps } = await listed();
    if (state === "ended") await pages.close(page);
    const replayed = await replayPage(page.id, deps);
    expect(replayed.deliveries).toMatchObject([{ nextAt: start + 5, failures: 0 }]);
    expect(replayed.deliveries[0]?.dead).toBeUndefined();
    expect(await pages.open(a)).toEqual([replayed]);
    await expect(replayPage(page.id, deps)).rejects.toMatchObject({ code: "not_found" });
  });
});
