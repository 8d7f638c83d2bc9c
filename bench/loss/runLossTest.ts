import { setTimeout as wait } from "node:timers/promises";
import { writePayload } from "../payload.ts";
import { openPublishers, type Publishers } from "../publishers.ts";
import { eventName } from "../system.ts";
import type { Counts, Ledger } from "./ledger.ts";
import { type LossTarget, startLossTarget } from "./lossTarget.ts";
import type { LossTest, Stage } from "./lossTests.ts";
import type { SubjectKind } from "./subject.ts";

/** What a test found of one system. */
export interface LossResult {
  readonly test: number;
  readonly system: string;
  readonly counts: Counts;
  /** Those for the other target, in a test with two. */
  readonly other?: Counts;
  /** From the end of publishing to the last arrival. */
  readonly drainedMs: number;
}

/** How long devices may take until all is acknowledged, and then the system until all has arrived. */
const acknowledgedMsMax = 120_000;
const drainedMsMax = 1_800_000;
/** When nothing is missing any more, repeats may still come for so long. */
const repeatsMs = 10_000;
const lookMs = 100;

const otherEvent = "other";

/** Runs a test on a fresh system and counts what became of each acknowledged event. */
export const runLossTest = async (test: LossTest, kind: SubjectKind): Promise<LossResult> => {
  const [target, other] = [await startLossTarget(), await startLossTarget()];
  const stops = [target.stop, other.stop];
  try {
    const routes = [{ event: eventName, url: target.url }];
    if (test.isForTwo) routes.push({ event: otherEvent, url: other.url });
    const subject = await kind.start(routes, test.descriptors);
    stops.push(subject.stop);
    const publishers = openPublishers(subject);
    stops.push(publishers.stop);
    const used: [string, LossTarget][] = [[eventName, target]];
    if (test.isForTwo) used.push([otherEvent, other]);
    const publish: Stage["publish"] = (load) => publishAll(publishers, used, load);
    await test.run({ subject, target, other, publish, wait });
    const ledgers = used.map(([, { ledger }]) => ledger);
    const drainedMs = await drained(ledgers, kind.quietMsMax);
    return {
      test: test.number,
      system: kind.name,
      counts: target.ledger.counts(),
      ...(test.isForTwo ? { other: other.ledger.counts() } : {}),
      drainedMs,
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};

const publishAll = async (
  publishers: Publishers,
  targets: readonly [string, LossTarget][],
  { events, rate }: { events: number; rate: number },
): Promise<void> => {
  await publishers.readyFor(rate * targets.length);
  const begun = performance.now();
  let acknowledged = 0;
  for (let seq = 0; seq < events; ) {
    const now = performance.now();
    for (; seq < events && begun + (seq * 1_000) / rate <= now; seq += 1) {
      const of = seq;
      for (const [event, { ledger }] of targets) {
        const onAcknowledged = () => {
          acknowledged += 1;
          ledger.acknowledge(of);
        };
        publishers.publish(writePayload({ run: 0, seq, at: now }), { event, onAcknowledged });
      }
    }
    await wait(1);
  }
  const last = performance.now() + acknowledgedMsMax;
  while (acknowledged < events * targets.length && performance.now() < last) await wait(lookMs);
};

/** Waits until all has arrived, or nothing comes any more, and answers when the last thing came. */
const drained = async (ledgers: readonly Ledger[], quietMsMax: number): Promise<number> => {
  const arrivals = (): number => ledgers.reduce((sum, ledger) => sum + ledger.arrivals(), 0);
  const missing = (): boolean => ledgers.some((ledger) => ledger.counts().lost > 0);
  const begun = performance.now();
  let [seen, lastMs] = [arrivals(), begun];
  for (;;) {
    const now = performance.now();
    if (arrivals() > seen) [seen, lastMs] = [arrivals(), now];
    const quietMs = missing() ? quietMsMax : repeatsMs;
    if (now - lastMs >= quietMs || now - begun >= drainedMsMax) return lastMs - begun;
    await wait(lookMs);
  }
};
