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

/** Notices devices whose session is lost, incomplete or wrong by the events that they publish. Never fails. */
export type DetectLostSessions = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  readonly epochs: Epochs;
  readonly sessions: Pick<Sessions, "listHere">;
  /** The queue of what is said of devices' connections. */
  readonly presenceQueue: EventQueue;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** A message by which a device was heard. */
interface Activity {
  readonly at: number;
  readonly message: string;
}

/**
 * A worker looks at the table of sessions once in `epochFreshMs`, and not for each event: a row says since when it is
 * whole. When that row is gone or another one, sessions were lost; from then on, for `recoveryWindowMs`, the worker looks at the
 * session of each device that it hears for the first time, those included that it heard since its last look. What is
 * not as it should be goes into the queue of presence as a doubt.
 */
export const detectLostSessions = (deps: Deps): DetectLostSessions => {
  const { now, onError } = deps;
  const epochNow = cachedEpoch(deps);
  /** Heard since it was last known that no session is lost, and not looked at since. */
  const activity = new BoundedMap<string, Activity>(activeDevicesMax);
  /** From when on a device may be looked at again. */
  const lookAgainAt = new BoundedMap<string, number>(checkedDevicesMax);
  let sampledAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = 0;

  const isDue = (device: string, at: number): boolean => at >= (lookAgainAt.get(device) ?? 0);

  const look = async (devices: ReadonlyMap<string, Activity>, begun: number): Promise<void> => {
    if (devices.size === 0) return;
    const at = now();
    const { right, suspects } = await findSuspects(devices, at, deps);
    const rightMs = at < begun + unstableMs ? unstableRecheckMs : completeRecheckMs;
    for (const device of right) {
      activity.delete(device);
      lookAgainAt.set(device, at + rightMs);
    }
    await requestReconcile(suspects, deps);
    for (const [device] of suspects) {
      activity.delete(device);
      lookAgainAt.set(device, at + recoveryRecheckMs);
    }
  };

  const lookAround = async (): Promise<void> => {
    const { begun, isRead, isOther } = await epochNow();
    if (isOther) lookAgainAt.clear();
    const at = now();
    const isLost = at < begun + recoveryWindowMs;
    const due = [...activity].filter(([device]) => isDue(device, at));
    if (isLost) {
      await look(new Map(due.slice(0, sessionsCheckedMax)), begun);
    } else if (at >= sampledAt + sampleMs) {
      sampledAt = at;
      await look(new Map(due.slice(0, sessionsSampledMax)), begun);
    }
    if (!isRead) return;
    // They were heard before the table was last seen as it should be, or have been looked at since.
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
      await lookAround();
    } catch (error) {
      pausedUntil = now() + epochPauseMs;
      onError("sessions not looked at", error);
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

/** Fails unless the queue takes all: those that it took are doubted twice, which changes nothing. */
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

/** Whether a session is what it should be of a device that was heard. */
const matchesActivity = (session: Session | undefined, { at }: Activity, now: number): boolean =>
  session !== undefined &&
  isComplete(session, now) &&
  (session.connected || at <= session.at + presenceSettleMs);
