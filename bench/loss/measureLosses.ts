import { loadavg } from "node:os";
import { createArrivals } from "../latency/arrivals.ts";
import { measure, warmUp } from "../latency/measure.ts";
import { openPublishers } from "../latency/publishers.ts";
import { measureRates, type RateResult } from "../latency/rates.ts";
import { describeMachine, type Machine } from "../system/machine.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import { godwit } from "./godwit.ts";
import { installNodeRed } from "./installNodeRed.ts";
import { lossTests } from "./lossTests.ts";
import { nodeRed } from "./nodeRed.ts";
import type { LossOptions } from "./options.ts";
import { type LossResult, runLossTest } from "./runLossTest.ts";
import type { SubjectKind } from "./subject.ts";

/** Results of a run. */
export interface LossReport {
  readonly at: string;
  readonly machine: Machine;
  /** Load average of one minute before and after the run. */
  readonly load: readonly [number, number];
  readonly systems: readonly string[];
  readonly results: readonly LossResult[];
  /** Empty without a peer. */
  readonly rates: readonly RateResult[];
}

/** Runs all systems concurrently for the speed, and one after the other in each loss test. */
export const measureLosses = async (
  { tests, peer }: LossOptions,
  log: (text: string) => void,
): Promise<LossReport> => {
  const loadBefore = load();
  const kinds = [godwit];
  let rates: RateResult[] = [];
  if (peer !== undefined) {
    log("installing Node-RED");
    await installNodeRed();
    kinds.push(nodeRed({ keepsSession: false }), nodeRed({ keepsSession: true }));
    log("speed");
    rates = await measureSpeed(kinds.slice(0, 2));
    log(JSON.stringify(rates));
  }
  const results: LossResult[] = [];
  for (const test of lossTests.filter(({ number }) => tests.includes(number))) {
    for (const kind of kinds) {
      log(`${test.number}. ${test.name}: ${kind.name}`);
      const result = await runLossTest(test, kind);
      log(JSON.stringify(result));
      results.push(result);
    }
  }
  return {
    at: new Date().toISOString(),
    machine: describeMachine(),
    load: [loadBefore, load()],
    systems: kinds.map(({ name }) => name),
    results,
    rates,
  };
};

const load = (): number => loadavg()[0] ?? Number.NaN;

const plan = { rates: [200, 1_000], seconds: 10, rounds: 3 };

const measureSpeed = async (kinds: readonly SubjectKind[]): Promise<RateResult[]> => {
  const arrivals = createArrivals();
  const stops: (() => Promise<void>)[] = [];
  try {
    const target = await startTarget(arrivals);
    stops.push(target.stop);
    const all = [];
    for (const kind of kinds) {
      const subject = await kind.start([{ event: eventName, url: target.url }]);
      stops.push(subject.stop);
      const publishers = openPublishers(subject);
      stops.push(publishers.stop);
      await measure(publishers, arrivals, warmUp);
      all.push(publishers);
    }
    return await measureRates(all, arrivals, plan);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};
