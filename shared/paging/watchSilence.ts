import { heartbeatReading } from "./heartbeatReading.ts";
import type { Heartbeat, Heartbeats } from "./heartbeats.ts";
import {
  heartbeatDueMs,
  heartbeatKeptMs,
  heartbeatPollMs,
  runGapMs,
  silenceLimitMs,
  silenceWaitMs,
} from "./limits.ts";
import type { Page } from "./page.ts";
import type { Reading } from "./reading.ts";

export interface SilenceDeps {
  /** The region of this watcher. */
  readonly region: string;
  readonly heartbeats: Heartbeats;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  readonly onError: (what: string, error: unknown) => void;
}

interface Watched {
  /** The watched region. */
  readonly watched: string;
  /** The open pages. */
  readonly stored: readonly Page[];
  /** Whether CloudWatch of the watched region did not respond in this run. */
  readonly hasFailed: boolean;
}

/** What a run of the schedule knows about the silence of the watched region. */
export interface SilenceCheck {
  readonly reading: Reading | undefined;
  /** Set if the next heartbeat is due: waits for it, and resolves with a reading without it. */
  readonly later?: () => Promise<Reading | undefined>;
}

/**
 * Checks the silence of the watched region. Runs start once a minute: a run that finds the last
 * heartbeat nearly a minute old waits for the next one, because the run after it would be too late.
 * So silence pages within two minutes of the last heartbeat, whatever the phase of both schedules.
 */
export const checkSilence = async (
  { watched, stored, hasFailed }: Watched,
  deps: SilenceDeps,
): Promise<SilenceCheck> => {
  const { region, now, heartbeats, onError } = deps;
  const begun = now();
  try {
    const [known, hasRunBefore] = await Promise.all([
      heartbeats.list(region),
      hasRecordedRuns(deps).catch((error: unknown) => {
        onError("a run was not recorded", error);
        return false;
      }),
    ]);
    const judge = (all: readonly Heartbeat[]): Reading =>
      heartbeatReading({ from: watched, heartbeats: all, hasFailed, hasRunBefore, now: now() });
    const reading = judge(known);
    const last = lastOf(known, watched);
    // The first heartbeat is expected from now on, unless its silence has a page, which continues.
    const isPaged = stored.some(
      ({ source, key, resolvedAt }) =>
        source === reading.source && key === watched && resolvedAt === undefined,
    );
    if (now() - last > heartbeatKeptMs && !isPaged) {
      await heartbeats.record({ from: watched, by: region, at: now() });
    }
    const silentMs = now() - last;
    const isDue = silentMs > heartbeatDueMs && silentMs <= silenceLimitMs(hasFailed);
    if (!isDue || !hasRunBefore) return { reading };
    return {
      reading,
      async later() {
        const all = await waitForHeartbeat(
          {
            watched,
            last,
            silentAt: last + silenceLimitMs(hasFailed),
            until: begun + silenceWaitMs,
          },
          deps,
        );
        return all && judge(all);
      },
    };
  } catch (error) {
    onError("the heartbeats were not read", error);
    return { reading: undefined };
  }
};

interface Waited {
  readonly watched: string;
  /** When the last heartbeat arrived. */
  readonly last: number;
  /** The region is silent after this time. */
  readonly silentAt: number;
  readonly until: number;
}

/** Waits until a heartbeat arrives or the region is silent. Returns the heartbeats then. */
const waitForHeartbeat = async (
  { watched, last, silentAt, until }: Waited,
  { region, heartbeats, now, wait, onError }: SilenceDeps,
): Promise<readonly Heartbeat[] | undefined> => {
  try {
    for (;;) {
      const all = await heartbeats.list(region);
      if (lastOf(all, watched) > last || now() > silentAt || now() >= until) return all;
      await wait(Math.min(heartbeatPollMs, silentAt + 1 - now()));
    }
  } catch (error) {
    onError("the heartbeats were not read", error);
    return undefined;
  }
};

const lastOf = (heartbeats: readonly Heartbeat[], watched: string): number =>
  heartbeats.find(({ from }) => from === watched)?.at ?? 0;

/**
 * Records this run beside the heartbeats, and returns whether the run before it was recorded too.
 * Otherwise this watcher was stopped, or the table took no writes: heartbeats may have arrived
 * without being stored.
 */
const hasRecordedRuns = async ({
  region,
  heartbeats,
  now,
}: Pick<SilenceDeps, "region" | "heartbeats" | "now">): Promise<boolean> => {
  const by = `${region} runs`;
  const [before] = await heartbeats.list(by);
  await heartbeats.record({ from: region, by, at: now() });
  return before !== undefined && now() - before.at <= runGapMs;
};
