import { describe, expect, it } from "vitest";
import { type AlarmText, renderAlarmText } from "#shared/alarm/alarmText.ts";
import { openAlarmCheck } from "#shared/paging/alarmCheck.ts";
import type { AlarmChange } from "#shared/paging/alarmReadings.ts";
import { heartbeatKeptMs, readingLagMs } from "#shared/paging/limits.ts";
import type { Signal } from "#shared/paging/reading.ts";
import { rememberedPages } from "#shared/paging/rememberedPages.ts";
import { watchedRegion, watchingRegion } from "#shared/paging/ring.ts";
import { runWatch, type WatchMemory } from "#shared/paging/runWatch.ts";
import { sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { memoryAlarmStates } from "../../memory/alarm/alarmStates.ts";
import { memoryHeartbeats } from "../../memory/paging/heartbeats.ts";
import { a, b, deliveryWorld, onCall, start } from "./support/samples.ts";

/** The watcher of region b, which watches region a. */
const watcherWorld = (regions: readonly string[] = [a, b]) => {
  const { world, deps, pages, told, notices } = deliveryWorld([onCall]);
  const alarms = memoryAlarmStates();
  const heartbeats = memoryHeartbeats();
  const memory: WatchMemory = {};
  const errors: string[] = [];
  const more: { signals: readonly Signal[] } = { signals: [] };
  const own = { sent: 0, withActions: true, silences: [] as string[], problems: [] as string[] };
  const region = regions.at(-1) ?? a;
  const onError = (what: string) => errors.push(what);
  const all = {
    ...deps,
    pages: rememberedPages(pages, { onError, now: () => world.now }),
    region,
    regions,
    furtherRegions: [] as readonly string[],
    alarms,
    hasActions: async () => own.withActions,
    groupedArticles: ["a-function-fails"],
    ackUrlOf: async (reason: string) => (reason === "test" ? "https://api.example/ack" : undefined),
    heartbeats,
    sendHeartbeat: async () => {
      own.sent += 1;
    },
    tellSilence: async (reason: string) => void own.silences.push(reason),
    tellProblem: async (reason: string) => void own.problems.push(reason),
    moreReadings: async () => [{ source: `drift/${a}`, at: world.now, signals: more.signals }],
    onError,
  };
  const run = () => runWatch({ isScheduled: true, changes: [] }, all, memory);
  /** A run of the schedule, with a heartbeat before it unless the watched region is silent. */
  const minute = async ({ silent = false } = {}) => {
    world.now += 60_000;
    const from = watchedRegion(region, regions);
    if (!silent) await heartbeats.record({ from, by: region, at: world.now - 5_000 });
    return run();
  };
  const change = (given: Partial<AlarmChange> = {}) => {
    const one: AlarmChange = {
      name: "Godwit-Short",
      region: a,
      state: "ALARM",
      description: "",
      isComposite: false,
      reason: "r",
      at: world.now,
      ...given,
    };
    return runWatch({ isScheduled: false, changes: [one] }, all, memory);
  };
  return {
    world,
    all,
    pages,
    told,
    notices,
    alarms,
    heartbeats,
    errors,
    own,
    more,
    run,
    minute,
    change,
  };
};

/**
 * Runs of a watcher once a minute, and heartbeats that arrive `phase` ms after them, all up to
 * `jitter` ms late. The heartbeats stop. Returns when it pages after the last one, and the pages
 * before.
 */
const simulate = async (phase: number, jitter: number) => {
  const { world, run, heartbeats, told } = watcherWorld();
  const late = (n: number): number => (jitter * ((n * 7) % 5)) / 4;
  const last = start + 10 * 60_000 + phase + late(10);
  const due = Array.from({ length: 11 }, (_, n) => start + n * 60_000 + phase + late(n));
  const { list } = heartbeats;
  heartbeats.list = async (by) => {
    while (by === b && due[0] !== undefined && due[0] <= world.now) {
      await heartbeats.record({ from: a, by, at: due.shift() ?? 0 });
    }
    return list(by);
  };
  const early: string[] = [];
  for (let n = 1; n < 20; n += 1) {
    world.now = start + n * 60_000 + late(n + 3);
    await run();
    if (told.length === 0) continue;
    if (world.now < last) early.push(...told);
    break;
  }
  return { seconds: (world.now - last) / 1_000, early };
};

it("the watchers of regions form a ring: each is watched by the next", () => {
  expect([a, b].map((one) => watchedRegion(one, [a, b]))).toEqual([b, a]);
  expect([a, b].map((one) => watchingRegion(one, [a, b]))).toEqual([b, a]);
  expect([watchedRegion(a, [a]), watchingRegion(a, [a])]).toEqual([a, a]);
  const three = [a, b, "ap-southeast-2"];
  expect(three.map((one) => watchedRegion(watchingRegion(one, three), three))).toEqual(three);
});

describe("an alarm of the watched region", () => {
  it("pages with its text, and its end is sent", async () => {
    const { minute, alarms, told, notices } = watcherWorld();
    alarms.alarms.push(sampleAlarm({ contributors: ["RuleName=godwit_events"] }));
    await minute();
    alarms.alarms.length = 0;
    await minute();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
    expect(notices[0]?.page).toMatchObject({
      watcher: b,
      region: a,
      summary: "Events wait too long.",
      slice: ["RuleName=godwit_events"],
    });
  });

  it("of a group names the active alarms of the group and their components", async () => {
    const { minute, alarms, notices } = watcherWorld();
    const text = {
      sentence: "A function fails.",
      severity: "error",
      components: ["connectivity", "events", "integrations", "calls"],
      runbook: "a-function-fails",
    } as const;
    const member = (name: string, sentence: string, minutes: number) =>
      sampleAlarm({
        name,
        text: { ...text, sentence, components: ["integrations"] },
        since: new Date(Date.parse("2026-12-01T10:00:00Z") + minutes * 60_000),
        pages: false,
        hasActions: false,
      });
    const members = ["Godwit-Deliver", "Godwit-Route", "Godwit-Call"];
    alarms.alarms.push(
      sampleAlarm({ name: "Godwit-Functions", text, isComposite: true, members }),
      member("Godwit-Route", "The function route fails.", 1),
      member("Godwit-Deliver", "The function deliver fails.", 0),
      member("Godwit-OtherStack", "The function stream fails.", 0),
    );
    await minute();
    expect(notices.map(({ page }) => page)).toMatchObject([
      {
        summary: "A function fails.",
        slice: ["The function deliver fails.", "The function route fails."],
        components: ["integrations"],
      },
    ]);
  });

  it("that performs no actions does not page: it is a part of another alarm, or muted", async () => {
    const { minute, alarms, told } = watcherWorld();
    alarms.alarms.push(sampleAlarm({ pages: false }));
    await minute();
    expect(told).toEqual([]);
  });

  it("that is muted or without data while it is active does not end its page", async () => {
    const { minute, alarms, told } = watcherWorld();
    alarms.alarms.push(sampleAlarm());
    await minute();
    alarms.alarms.splice(0, 1, sampleAlarm({ pages: false }));
    await minute();
    alarms.alarms.splice(0, 1, sampleAlarm({ state: "INSUFFICIENT_DATA" }));
    await minute();
    expect(told).toHaveLength(1);
  });

  it("that is over before it is read still pages: EventBridge has reported it", async () => {
    const { change, minute, told, world } = watcherWorld();
    await change();
    await change();
    world.now += readingLagMs;
    await minute();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
  });

  it("ends when two runs conflict: a change is made again on what the other run has stored", async () => {
    const { change, minute, alarms, told, pages, world } = watcherWorld();
    alarms.alarms.push(sampleAlarm());
    await minute();
    const { put } = pages;
    let conflicts = 0;
    pages.put = async (page) => {
      // Another run stores the page in between, once.
      if (conflicts === 0) {
        conflicts += 1;
        const [stored] = await pages.open(b);
        if (stored) await put({ ...stored, version: stored.version + 1 });
        return false;
      }
      return put(page);
    };
    alarms.alarms.length = 0;
    world.now += 1_000;
    await change({ name: sampleAlarm().name, state: "OK", at: world.now });
    expect(conflicts).toBe(1);
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
  });

  it("pages again after an end whose clock was ahead", async () => {
    const { minute, change, alarms, told, world } = watcherWorld();
    const [name, minuteMs] = [sampleAlarm().name, 60_000];
    alarms.alarms.push(sampleAlarm());
    await minute();
    alarms.alarms.length = 0;
    await change({ name, state: "OK", at: world.now + 20 * minuteMs });
    await minute();
    alarms.alarms.push(sampleAlarm());
    await minute();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve", "trigger"]);
  });

  it("without actions does not page by its event", async () => {
    const { change, own, told } = watcherWorld();
    own.withActions = false;
    await change();
    expect(told).toEqual([]);
  });
});

describe("while CloudWatch of the watched region does not respond", () => {
  it("the events of EventBridge page, and after a minute the failure itself", async () => {
    const { change, minute, alarms, told } = watcherWorld();
    alarms.failing.add(a);
    await change();
    await minute();
    await minute();
    await minute();
    expect(told).toEqual(["on-call trigger Godwit-Short", `on-call trigger ${a}`]);
  });

  it("an alarm of a group does not page by its event: the group does", async () => {
    const { change, alarms, told } = watcherWorld();
    alarms.failing.add(a);
    const description =
      "The function x fails. Severity: error. Components: calls. Runbook: docs/runbook.md#a-function-fails";
    await change({ name: "Godwit-Part", description });
    await change({ name: "Godwit-Group", description, isComposite: true });
    expect(told).toEqual(["on-call trigger Godwit-Group"]);
  });

  it("the failure pages with the second run, also if that one starts early", async () => {
    const { minute, alarms, told, world } = watcherWorld();
    await minute();
    alarms.failing.add(a);
    await minute();
    world.now -= 1_000;
    await minute();
    expect(told).toEqual([`on-call trigger ${a}`]);
  });

  it("no page ends", async () => {
    const { minute, alarms, told } = watcherWorld();
    alarms.alarms.push(sampleAlarm());
    await minute();
    alarms.alarms.length = 0;
    alarms.failing.add(a);
    await minute();
    expect(told).toHaveLength(1);
    alarms.failing.clear();
    await minute();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
  });
});

describe("the silence of the watched region", () => {
  const silentFor = async (options: { failing: boolean; regions?: readonly string[] }) => {
    const { minute, alarms, told, notices, own, world } = watcherWorld(options.regions);
    await minute();
    const last = world.now - 5_000;
    if (options.failing) for (const one of options.regions ?? [a]) alarms.failing.add(one);
    while (!notices.some(({ page }) => page.source === "heartbeats")) {
      await minute({ silent: true });
      if (world.now > start + 600_000) throw new Error("no page");
    }
    return { seconds: (world.now - last) / 1_000, told, own, minute, world };
  };

  it("pages within two minutes of the last heartbeat, by both ways", async () => {
    const { seconds, own, told, minute } = await silentFor({ failing: false });
    expect(seconds).toBeLessThanOrEqual(120);
    expect(own.silences).toEqual([expect.stringContaining("The last heartbeat arrived at")]);
    expect(await minute({ silent: true })).toMatchObject({ RegionsSilent: 1 });
    expect(await minute()).toMatchObject({ RegionsSilent: 0 });
    expect(own.silences).toHaveLength(1);
    expect(told).toEqual([`on-call trigger ${a}`, `on-call resolve ${a}`]);
  });

  it("pages by its receivers also when SNS does not, and its alarm pages nothing twice", async () => {
    const { minute, all, alarms, change, told, errors } = watcherWorld();
    all.tellSilence = async () => {
      throw new Error("403");
    };
    await minute();
    await minute({ silent: true });
    expect(told).toEqual([`on-call trigger ${a}`]);
    expect(errors).toEqual(["SNS does not page"]);
    const text: AlarmText = {
      sentence: "It is silent.",
      severity: "error",
      components: [],
      runbook: "a-region-is-silent",
    };
    const description = renderAlarmText(text);
    alarms.alarms.push(sampleAlarm({ name: "Godwit-Silence", text }));
    await minute({ silent: true });
    await change({ name: "Godwit-Silence", description });
    expect(told).toHaveLength(1);
  });

  it("pages within two minutes for each phase of both schedules, and never too early", async () => {
    for (let phase = 0; phase < 60_000; phase += 1_000) {
      for (const jitter of [0, 1_500, 4_000]) {
        const { seconds, early } = await simulate(phase, jitter);
        expect({ phase, jitter, early }).toEqual({ phase, jitter, early: [] });
        expect(seconds, `phase ${phase}, jitter ${jitter}`).toBeLessThanOrEqual(119);
      }
    }
  });

  it("pages within two minutes of the last heartbeat when its CloudWatch fails too", async () => {
    const { seconds } = await silentFor({ failing: true });
    expect(seconds).toBeLessThanOrEqual(120);
  });

  it("is one page when its CloudWatch fails too: the region is lost", async () => {
    const { told, minute, own } = await silentFor({ failing: true });
    await minute({ silent: true });
    await minute({ silent: true });
    expect(told).toEqual([`on-call trigger ${a}`]);
    expect([own.silences.length, own.problems.length]).toEqual([1, 0]);
  });

  it("pages with one region too: the watcher expects its own heartbeats", async () => {
    const { seconds } = await silentFor({ failing: false, regions: [a] });
    expect(seconds).toBeLessThanOrEqual(120);
  });

  it("ends with the next heartbeat", async () => {
    const { minute, told } = await silentFor({ failing: false });
    await minute();
    expect(told.at(-1)).toBe(`on-call resolve ${a}`);
  });

  it("does not end by itself: a region that is silent for more than a day stays paged", async () => {
    const { minute, told, world } = await silentFor({ failing: false });
    world.now += heartbeatKeptMs;
    for (let n = 0; n < 5; n += 1) await minute({ silent: true });
    expect(told).toEqual([`on-call trigger ${a}`]);
  });

  it("is not known while the table takes no writes, and not in the first run after that", async () => {
    const { minute, heartbeats, told, errors } = watcherWorld();
    await minute();
    const { record } = heartbeats;
    heartbeats.record = async () => {
      throw new Error("503");
    };
    // The heartbeats arrive, but none is stored. Reads use the replica of another region.
    for (let n = 0; n < 4; n += 1) await minute({ silent: true });
    expect(errors).toContain("a run was not recorded");
    heartbeats.record = record;
    await minute({ silent: true });
    expect(told).toEqual([]);
    await minute({ silent: true });
    expect(told).toEqual([`on-call trigger ${a}`]);
  });

  it("is not expected to be broken at the first deployment, and not after a pause of this watcher", async () => {
    const { minute, told, world } = watcherWorld();
    await minute({ silent: true });
    expect(told).toEqual([]);
    const paused = watcherWorld();
    await paused.heartbeats.record({ from: a, by: b, at: paused.world.now });
    paused.world.now += 3_600_000;
    await paused.minute({ silent: true });
    expect(paused.told).toEqual([]);
    await paused.minute({ silent: true });
    expect(paused.told).toHaveLength(1);
    expect(world.now).toBe(start + 60_000);
  });
});

it("the pages of a region that the deployment no longer has end", async () => {
  const { minute, alarms, all, told } = watcherWorld([a, b]);
  alarms.alarms.push(sampleAlarm());
  await minute();
  Object.assign(all, { regions: [b] });
  alarms.alarms.length = 0;
  await minute();
  expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
});

it("the alarms of a further region page and end, such as those of the domain name", async () => {
  const { minute, alarms, all, told, world } = watcherWorld();
  const edge = "ap-south-1";
  const onError = () => {};
  const check = openAlarmCheck({ region: edge, alarms, now: () => world.now, onError });
  Object.assign(all, { furtherRegions: [edge], moreReadings: check });
  alarms.alarms.push(sampleAlarm({ region: edge, name: "Godwit-EdgePages-Ill" }));
  await minute();
  await minute();
  expect(told).toEqual(["on-call trigger Godwit-EdgePages-Ill"]);
  alarms.alarms.length = 0;
  await minute();
  expect(told.at(-1)).toBe("on-call resolve Godwit-EdgePages-Ill");
});

it("a run of the schedule sends a heartbeat, and an event does not", async () => {
  const { minute, change, own } = watcherWorld();
  await minute();
  await change();
  expect(own.sent).toBe(1);
});

it("a further reading pages by both ways and ends, such as an alarm that differs from its template", async () => {
  const { minute, more, told, own } = watcherWorld();
  more.signals = [
    {
      ...sampleAlarm().text,
      key: "x",
      region: a,
      summary: "s",
      severity: "error",
      components: [],
      since: start,
    },
  ];
  expect(await minute()).toMatchObject({ ProblemsFound: 1 });
  await minute();
  more.signals = [];
  expect(await minute()).toMatchObject({ ProblemsFound: 0 });
  expect(told).toEqual(["on-call trigger x", "on-call resolve x"]);
  expect(own.problems).toEqual(["s"]);
});

describe("while the table does not respond", () => {
  it("a run waits for it once, not for each step: there is time to send pages", async () => {
    const { minute, alarms, told, pages, world } = watcherWorld();
    await minute();
    const hang = async () => {
      world.now += 9_000;
      throw new Error("timeout");
    };
    Object.assign(pages, { open: hang, put: hang, close: hang, find: hang });
    for (const name of ["Godwit-A", "Godwit-B", "Godwit-C"])
      alarms.alarms.push(sampleAlarm({ name }));
    await minute();
    expect(told).toHaveLength(3);
  });

  it("pages are sent once, and stored when it responds again", async () => {
    const { minute, alarms, told, pages, errors } = watcherWorld();
    await minute();
    pages.isDown = true;
    alarms.alarms.push(sampleAlarm());
    await minute();
    await minute();
    expect(told).toHaveLength(1);
    expect(errors).toContain("a page was not stored");
    pages.isDown = false;
    await minute();
    expect(told).toHaveLength(1);
    alarms.alarms.length = 0;
    await minute();
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve"]);
    expect(await pages.open(b)).toMatchObject([{ deliveries: [{ told: "resolve" }] }]);
  });
});

describe("a worker to which the table does not respond", () => {
  it("does not undo what another one has stored: an alarm that starts again is sent", async () => {
    const { minute, alarms, told, pages, all, world } = watcherWorld();
    const responds = { first: true };
    const ofFirst = rememberedPages(
      {
        ...pages,
        open: (watcher) => (responds.first ? pages.open(watcher) : Promise.reject(new Error())),
        put: (page) => (responds.first ? pages.put(page) : Promise.reject(new Error())),
      },
      { onError: () => {}, now: () => world.now },
    );
    const ofSecond = all.pages;
    const runOf = (worker: typeof ofFirst) => {
      Object.assign(all, { pages: worker });
      return minute();
    };
    alarms.alarms.push(sampleAlarm());
    await runOf(ofFirst);
    responds.first = false;
    alarms.alarms.length = 0;
    await runOf(ofSecond);
    alarms.alarms.push(sampleAlarm());
    await runOf(ofFirst);
    responds.first = true;
    await runOf(ofFirst);
    expect(told.map((text) => text.split(" ")[1])).toEqual(["trigger", "resolve", "trigger"]);
  });
});

describe("a receiver that pages do not reach", () => {
  it("is counted, which pages by the first way, and is sent to the other receivers", async () => {
    const { world, minute, alarms, all, told } = watcherWorld();
    const manager = { ...onCall, name: "manager" };
    Object.assign(all, { receivers: [onCall, manager] });
    world.answer = async (_, { name }) =>
      name === "on-call" ? { kind: "failed", result: "503" } : { kind: "accepted", result: "" };
    alarms.alarms.push(sampleAlarm());
    expect(await minute()).toMatchObject({ PagesUndelivered: 0 });
    await minute();
    await minute();
    const counts = [await minute(), await minute()];
    expect(counts.at(-1)?.PagesUndelivered).toBeGreaterThan(0);
    expect(told).toContain("manager trigger on-call");
    expect(told).not.toContain("on-call trigger on-call");
  });

  it("that is added while a page is open gets the page, and its end", async () => {
    const { minute, alarms, all, told } = watcherWorld();
    alarms.alarms.push(sampleAlarm());
    await minute();
    Object.assign(all, { receivers: [onCall, { ...onCall, name: "manager" }] });
    await minute();
    await minute();
    alarms.alarms.length = 0;
    await minute();
    const key = sampleAlarm().name;
    expect(told.slice(0, 2)).toEqual([`on-call trigger ${key}`, `manager trigger ${key}`]);
    expect(told.slice(2).toSorted()).toEqual([`manager resolve ${key}`, `on-call resolve ${key}`]);
  });

  it("is not expected any more after it was removed from the settings", async () => {
    const { minute, alarms, all, told } = watcherWorld();
    const manager = { ...onCall, name: "manager" };
    Object.assign(all, { receivers: [onCall, manager] });
    alarms.alarms.push(sampleAlarm());
    await minute();
    Object.assign(all, { receivers: [onCall] });
    alarms.alarms.length = 0;
    const counts = [await minute(), await minute(), await minute(), await minute()];
    expect(counts.map(({ PagesUndelivered }) => PagesUndelivered)).toEqual([0, 0, 0, 0]);
    expect(told).not.toContain("on-call trigger manager");
  });
});
