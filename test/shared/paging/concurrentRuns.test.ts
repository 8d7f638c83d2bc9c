import { describe, expect, it } from "vitest";
import type { AlarmChange } from "#shared/paging/alarmReadings.ts";
import type { PageStore } from "#shared/paging/pageStore.ts";
import { runWatch, type WatchDeps } from "#shared/paging/runWatch.ts";
import { sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { memoryAlarmStates } from "../../memory/alarm/alarmStates.ts";
import { memoryHeartbeats } from "../../memory/paging/heartbeats.ts";
import { takeTurns } from "../../memory/turns.ts";
import { createRandom } from "../../simulation/random.ts";
import { a, b, deliveryWorld, onCall } from "./support/samples.ts";

/**
 * Alarms of a region that change at the same time, as in an outage: each change starts a run of the
 * watcher, and the runs overlap in an order that a seed decides. Returns, after all runs, the last
 * event that the receiver got of each alarm, and the pages that are still claimed.
 */
const storm = async (
  seed: number,
  changes: readonly { readonly name: string; readonly state: "ALARM" | "OK" }[],
) => {
  const { next: random, bool } = createRandom(seed);
  const { world, deps, pages, notices } = deliveryWorld([onCall]);
  const alarms = memoryAlarmStates();
  const turns = takeTurns();
  const runs: Promise<unknown>[] = [];
  const errors: string[] = [];
  const start = (...given: AlarmChange[]): void => {
    const worker = `run ${runs.length}`;
    const port = turns.wrap(worker, { send: deps.send });
    const all: WatchDeps = {
      ...deps,
      send: (notice, receiver) => port.send(notice, receiver),
      pages: turns.wrap<PageStore>(worker, pages),
      alarms: turns.wrap(worker, alarms),
      region: b,
      regions: [a, b],
      furtherRegions: [],
      hasActions: async () => true,
      groupedArticles: [],
      ackUrlOf: async () => undefined,
      heartbeats: memoryHeartbeats(),
      sendHeartbeat: async () => {},
      tellSilence: async () => {},
      tellProblem: async () => {},
      moreReadings: async () => [],
      wait: async () => {},
      random,
      onError: (what) => errors.push(what),
    };
    runs.push(runWatch({ isScheduled: false, changes: given }, all, {}));
  };
  const left = [...changes];
  const next = (): void => {
    const change = left.shift();
    if (change === undefined) return;
    world.now += 1;
    const { name, state } = change;
    const index = alarms.alarms.findIndex((one) => one.name === name);
    if (index >= 0) alarms.alarms.splice(index, 1);
    if (state === "ALARM") alarms.alarms.push(sampleAlarm({ name, since: new Date(world.now) }));
    const given = { name, state, region: a, description: "", reason: "r" };
    start({ ...given, isComposite: false, at: world.now });
  };
  while (left.length > 0) {
    next();
    await turns.run((count) => {
      world.now += 1;
      if (bool(0.15)) next();
      return Math.floor(random() * count);
    });
  }
  await Promise.all(runs);
  const last = () => Object.fromEntries(notices.map(({ page, event }) => [page.key, event]));
  const claimed = (await pages.open(b)).filter(({ claimedUntil }) => claimedUntil !== undefined);
  const nextRun = async (): Promise<void> => {
    world.now += 60_000;
    start();
    await turns.run(() => 0);
    await Promise.all(runs);
  };
  return { last, claimed, errors, nextRun };
};

const names = ["Godwit-A", "Godwit-B", "Godwit-C", "Godwit-D"];
const all = (state: "ALARM" | "OK") => names.map((name) => ({ name, state }));
const told = (event: string) => Object.fromEntries(names.map((name) => [name, event]));
const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe("runs of a watcher that overlap", () => {
  it.each([
    ["start", all("ALARM")],
    ["start, end and start again", [...all("ALARM"), ...all("OK"), ...all("ALARM")]],
  ])("send the alarms that %s, without a further run", async (_, changes) => {
    for (const seed of seeds) {
      const { last, claimed, errors } = await storm(seed, changes);
      expect({ seed, last: last() }).toEqual({ seed, last: told("trigger") });
      expect({ seed, claimed, errors }).toEqual({ seed, claimed: [], errors: [] });
    }
  });

  it("and the next one, send the ends of alarms", async () => {
    for (const seed of seeds) {
      const { last, claimed, errors, nextRun } = await storm(seed, [...all("ALARM"), ...all("OK")]);
      await nextRun();
      expect({ seed, last: last() }).toEqual({ seed, last: told("resolve") });
      expect({ seed, claimed, errors }).toEqual({ seed, claimed: [], errors: [] });
    }
  });
});
