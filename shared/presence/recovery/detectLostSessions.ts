import type { AcceptedEvent } from "../../event/deviceEvent.ts";
import type { EventQueue } from "../../event/ports.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { deviceIdPattern, reconcileTopic, statusEvent } from "../../platform/topic.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Epochs, Session, Sessions } from "../session.ts";
import { cachedEpoch } from "./epoch.ts";
import {
  activeDevicesMax,
  checkedDevicesMax,
  completeRecheckMs,
  epochPauseMs,
  recoveryRecheckMs,
  recoveryWindowMs,
  sampleMs,
  sessionsCheckedMax,
  sessionsSampledMax,
  unstableMs,
  unstableRecheckMs,
} from "./limits.ts";
import { isComplete } from "./recoverSession.ts";

/** Detects lost, incomplete and wrong sessions from the events of devices. Never fails. */
export type DetectLostSessions = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  readonly epochs: Epochs;
  readonly sessions: Pick<Sessions, "listHere">;
  /** The queue `Presence`. */
  readonly presenceQueue: EventQueue;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
  /** Called when the sessions of this region were lost since the worker's last look. */
  readonly onLost: () => void;
}

/** A message of a device. */
interface Activity {
  readonly at: number;
  readonly message: string;
}

/**
 * A worker reads the epoch row of the table of sessions once in `epochFreshMs`, not for each event.
 * If the row is missing or has changed, sessions were lost. For `recoveryWindowMs` after that, the
 * worker reads the session of each device at its first event, including devices with events since
 * the previous read of the epoch. For a wrong or missing session it sends a reconcile request to
 * the queue `Presence`.
 */
export const detectLostSessions = (deps: Deps): DetectLostSessions => {
  const { now, onError, onLost } = deps;
  const epochNow = cachedEpoch(deps);
  /** Active devices since the last read of the epoch whose sessions were not checked yet. */
  const activity = new BoundedMap<string, Activity>(activeDevicesMax);
  /** The earliest time of the next check of a device. */
  const nextCheckAt = new BoundedMap<string, number>(checkedDevicesMax);
  let sampledAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = 0;

  const isDue = (device: string, at: number): boolean => at >= (nextCheckAt.get(device) ?? 0);

  const check = async (
    devices: ReadonlyMap<string, Activity>,
    startedAt: number,
  ): Promise<void> => {
    if (devices.size === 0) return;
    const at = now();
    const { right, suspects } = await findSuspects(devices, at, deps);
    const rightMs = at < startedAt + unstableMs ? unstableRecheckMs : completeRecheckMs;
    for (const device of right) {
      activity.delete(device);
      nextCheckAt.set(device, at + rightMs);
    }
    await requestReconcile(suspects, deps);
    for (const [device] of suspects) {
      activity.delete(device);
      nextCheckAt.set(device, at + recoveryRecheckMs);
    }
  };

  const checkSessions = async (): Promise<void> => {
    const { startedAt, isRead, hasChanged, wasLost } = await epochNow();
    if (wasLost) onLost();
    if (hasChanged) nextCheckAt.clear();
    const at = now();
    const isLost = at < startedAt + recoveryWindowMs;
    const due = [...activity].filter(([device]) => isDue(device, at));
    if (isLost) {
      await check(new Map(due.slice(0, sessionsCheckedMax)), startedAt);
    } else if (at >= sampledAt + sampleMs) {
      sampledAt = at;
      await check(new Map(due.slice(0, sessionsSampledMax)), startedAt);
    }
    if (!isRead) return;
    // Their activity precedes this read of a complete table, or their sessions were checked since.
    for (const [device] of [...activity])
      if (!isLost || !isDue(device, at)) activity.delete(device);
  };

  return async (accepted) => {
    for (const { event, message, received } of accepted) {
      if (!deviceIdPattern.test(event.device) || event.name === statusEvent) continue;
      activity.set(event.device, { at: received.receivedAt, message });
    }
    if (activity.size === 0 || isUnexpired(pausedUntil, { now: now(), ms: epochPauseMs })) return;
    try {
      await checkSessions();
    } catch (error) {
      pausedUntil = now() + epochPauseMs;
      onError("session lookup", error);
    }
  };
};

const findSuspects = async (
  devices: ReadonlyMap<string, Activity>,
  at: number,
  { sessions }: Deps,
): Promise<{ right: string[]; suspects: [string, Activity][] }> => {
  const found = await sessions.listHere([...devices.keys()]);
  const byDevice = new Map(found.map((session) => [session.device, session]));
  const isRight = ([device, one]: [string, Activity]) =>
    matchesActivity(byDevice.get(device), one, at);
  const all = [...devices];
  return {
    right: all.filter(isRight).map(([device]) => device),
    suspects: all.filter((one) => !isRight(one)),
  };
};

/** Fails unless the queue accepts all requests. A repeated request has no effect. */
const requestReconcile = async (
  suspects: readonly [string, Activity][],
  { presenceQueue }: Deps,
): Promise<void> => {
  const messages = suspects.map(([device, { at, message }]) => ({
    topic: reconcileTopic(device),
    receivedAt: at,
    id: message,
    data: "",
  }));
  const refused = await presenceQueue.send(messages);
  for (const why of refused.values()) throw why;
};

/** Whether a session agrees with the activity of its device. */
const matchesActivity = (session: Session | undefined, { at }: Activity, now: number): boolean =>
  session !== undefined &&
  isComplete(session, now) &&
  (session.connected || at <= session.at + presenceSettleMs);
