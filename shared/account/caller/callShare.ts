import { BoundedMap } from "../../platform/boundedMap.ts";
import { Failure } from "../../platform/failure.ts";
import {
  callLoadReportMs,
  callLoadUsersMax,
  callLoadWindowMs,
  callShareMin,
  callSlotAfterMs,
} from "./limits.ts";

/** The time that a user's calls took in one window, and the part of them that was sent. */
export interface CallLoad {
  /** The number of the window: milliseconds since 1970, divided by `callLoadWindowMs`. */
  readonly window: number;
  readonly spentMs: number;
  /** More than 0, at most 1. */
  readonly share: number;
}

/** The latest load of each user in this region. */
export interface CallLoads {
  find(user: string, options: { isConsistent: boolean }): Promise<CallLoad | undefined>;
  /** Adds time to the stored window. Returns false if another window is stored. */
  add(user: string, added: { window: number; spentMs: number }): Promise<boolean>;
  /** Replaces the load that was found. Returns false if another one is stored. */
  begin(user: string, load: CallLoad, found: CallLoad | undefined): Promise<boolean>;
}

interface ShareDeps {
  readonly loads: CallLoads;
  /** The executions that the calls of one user may use at the same time, on average. */
  readonly executionsPerUser: number;
  readonly now: () => number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly onError: (what: "call load", error: unknown) => void;
}

/** The calls of users in one worker. */
export interface CallShare {
  /**
   * Fails with `too_many_requests` for a part of the calls of a user whose calls use more
   * executions than they may. Nothing was sent then.
   */
  require(user: string): Promise<void>;
  /** Adds the time that a call took in this worker, without the time for which it has a slot. */
  add(user: string, ms: number): Promise<void>;
}

/**
 * Divides the executions of calls between users. Slots bound only calls that wait for a device: a
 * user with many quick calls could use every execution. Each worker adds up the time of a user's
 * calls and stores it in parts. When a window has more time than the user may use, a smaller part
 * of the calls is sent in the next one; the part at most doubles in each window. While the loads
 * cannot be read or stored, all calls are sent.
 */
export const openCallShare = (deps: ShareDeps): CallShare => {
  const { loads, executionsPerUser, now, random, onError } = deps;
  const spentMsMax = executionsPerUser * callLoadWindowMs;
  const users = new BoundedMap<string, { window: number; share: number; unreportedMs: number }>(
    callLoadUsersMax,
  );
  const entryOf = (user: string) => {
    const known = users.get(user) ?? { window: 0, share: 1, unreportedMs: 0 };
    // The user whose call is the oldest is the first to be forgotten.
    users.set(user, known);
    return known;
  };
  const windowNow = (): number => Math.floor(now() / callLoadWindowMs);

  const store = async (user: string, spentMs: number): Promise<void> => {
    // A second worker may begin the window at the same time, and a clock may be behind.
    for (let attempts = 0; attempts < 3; attempts += 1) {
      const found = await loads.find(user, { isConsistent: attempts > 0 });
      const window = Math.max(windowNow(), found?.window ?? 0);
      const load = { window, spentMs, share: shareIn(window, found, spentMsMax) };
      const isStored =
        found?.window === window
          ? await loads.add(user, { window, spentMs })
          : await loads.begin(user, load, found);
      if (isStored) return;
    }
  };

  return {
    async require(user) {
      const entry = entryOf(user);
      const window = windowNow();
      if (entry.window !== window) {
        entry.window = window;
        const found = loads.find(user, { isConsistent: false });
        const known = await found.catch((error: unknown) => void onError("call load", error));
        entry.share = shareIn(window, known, spentMsMax);
      }
      if (entry.share === 1 || random() < entry.share) return;
      throw new Failure(
        `the calls of a user may use ${executionsPerUser} executions per region: send fewer, or try again later`,
        { code: "too_many_requests", retryAfterSeconds: callLoadWindowMs / 1_000 },
      );
    },

    async add(user, ms) {
      const entry = entryOf(user);
      entry.unreportedMs += Math.min(Math.max(0, ms), callSlotAfterMs);
      if (entry.unreportedMs < callLoadReportMs) return;
      const spentMs = Math.round(entry.unreportedMs);
      entry.unreportedMs = 0;
      await store(user, spentMs).catch((error: unknown) => onError("call load", error));
    },
  };
};

/** The part of a user's calls that is sent in a window, after the latest known load. */
export const shareIn = (window: number, load: CallLoad | undefined, spentMsMax: number): number => {
  if (load === undefined) return 1;
  if (load.window >= window) return load.share;
  const next = Math.min((load.share * spentMsMax) / Math.max(1, load.spentMs), 2 * load.share);
  const idle = Math.min(window - load.window - 1, 32);
  return Math.min(1, Math.max(callShareMin, next) * 2 ** idle);
};
