import type { AcceptedEvent } from "../../event/deviceEvent.ts";
import type { EventQueue } from "../../event/ports.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { lasts } from "../../platform/lasts.ts";
import { deviceIdPattern, doubtTopic, statusEvent } from "../../platform/topic.ts";
import { presenceSettleMs } from "../limits.ts";
import type { Session } from "../session.ts";
import type { Epochs, Sessions } from "../sessions.ts";
import { followEpoch } from "./followEpoch.ts";
import { isWhole } from "./healDevice.ts";
import {
  devicesHeardMax,
  devicesLookedMax,
  epochPauseMs,
  healingLookMs,
  healingMs,
  losingLookMs,
  losingMs,
  sampleMs,
  sessionsLookedMax,
  sessionsSampledMax,
  wholeLookMs,
} from "./limits.ts";

/** Notices devices whose session is lost, incomplete or wrong by the events that they publish. Never fails. */
export type NoticeDevices = (accepted: readonly AcceptedEvent[]) => Promise<void>;

interface Deps {
  readonly epochs: Epochs;
  readonly sessions: Pick<Sessions, "listHere">;
  /** The queue of what is said of devices' connections. */
  readonly signs: EventQueue;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** A message by which a device was heard. */
interface Heard {
  readonly at: number;
  readonly message: string;
}

/**
 * A worker looks at the table of sessions once in `epochFreshMs`, and not for each event: a row says since when it is
 * whole. When that row is gone or another one, sessions were lost; from then on, for `healingMs`, the worker looks at the
 * session of each device that it hears for the first time, those included that it heard since its last look. What is
 * not as it should be goes into the queue of presence as a doubt.
 */
export const noticeDevices = (deps: Deps): NoticeDevices => {
  const { now, onError } = deps;
  const epochNow = followEpoch(deps);
  /** Heard since it was last known that no session is lost, and not looked at since. */
  const heard = new BoundedMap<string, Heard>(devicesHeardMax);
  /** From when on a device may be looked at again. */
  const lookAgainAt = new BoundedMap<string, number>(devicesLookedMax);
  let sampledAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = 0;

  const isDue = (device: string, at: number): boolean => at >= (lookAgainAt.get(device) ?? 0);

  const look = async (devices: ReadonlyMap<string, Heard>, begun: number): Promise<void> => {
    if (devices.size === 0) return;
    const at = now();
    const { right, doubted } = await judge(devices, at, deps);
    const rightMs = at < begun + losingMs ? losingLookMs : wholeLookMs;
    for (const device of right) {
      heard.delete(device);
      lookAgainAt.set(device, at + rightMs);
    }
    await doubt(doubted, deps);
    for (const [device] of doubted) {
      heard.delete(device);
      lookAgainAt.set(device, at + healingLookMs);
    }
  };

  const lookAround = async (): Promise<void> => {
    const { begun, isRead, isOther } = await epochNow();
    if (isOther) lookAgainAt.clear();
    const at = now();
    const isLost = at < begun + healingMs;
    const due = [...heard].filter(([device]) => isDue(device, at));
    if (isLost) {
      await look(new Map(due.slice(0, sessionsLookedMax)), begun);
    } else if (at >= sampledAt + sampleMs) {
      sampledAt = at;
      await look(new Map(due.slice(0, sessionsSampledMax)), begun);
    }
    if (!isRead) return;
    // They were heard before the table was last seen as it should be, or have been looked at since.
    for (const [device] of [...heard]) if (!isLost || !isDue(device, at)) heard.delete(device);
  };

  return async (accepted) => {
    for (const { event, message, received } of accepted) {
      if (!deviceIdPattern.test(event.device) || event.name === statusEvent) continue;
      heard.set(event.device, { at: received.receivedAt, message });
    }
    if (heard.size === 0 || lasts(pausedUntil, { now: now(), ms: epochPauseMs })) return;
    try {
      await lookAround();
    } catch (error) {
      pausedUntil = now() + epochPauseMs;
      onError("sessions not looked at", error);
    }
  };
};

const judge = async (
  devices: ReadonlyMap<string, Heard>,
  at: number,
  { sessions }: Deps,
): Promise<{ right: string[]; doubted: [string, Heard][] }> => {
  const found = await sessions.listHere([...devices.keys()]);
  const byDevice = new Map(found.map((session) => [session.device, session]));
  const isRight = ([device, one]: [string, Heard]) => isAsHeard(byDevice.get(device), one, at);
  const all = [...devices];
  return {
    right: all.filter(isRight).map(([device]) => device),
    doubted: all.filter((one) => !isRight(one)),
  };
};

/** Fails unless the queue takes all: those that it took are doubted twice, which changes nothing. */
const doubt = async (doubted: readonly [string, Heard][], { signs }: Deps): Promise<void> => {
  const messages = doubted.map(([device, { at, message }]) => ({
    topic: doubtTopic(device),
    receivedAt: at,
    id: message,
    data: "",
  }));
  const refused = await signs.send(messages);
  for (const why of refused.values()) throw why;
};

/** Whether a session is what it should be of a device that was heard. */
const isAsHeard = (session: Session | undefined, { at }: Heard, now: number): boolean =>
  session !== undefined &&
  isWhole(session, now) &&
  (session.connected || at <= session.at + presenceSettleMs);
