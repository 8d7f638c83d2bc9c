import { deliveryWaitsSeconds } from "../../shared/delivery/limits.ts";
import type { DeviceEvent } from "../../shared/event/deviceEvent.ts";
import { deliveryId, shortHash } from "../../shared/event/deviceEvent.ts";
import { kindOf } from "../../shared/integration/kind/kinds.ts";
import type { Integration } from "../../shared/integration/model/integration.ts";
import { matching } from "../../shared/integration/model/match.ts";
import {
  classifyFailure,
  classifyResponse,
  type Verdict,
} from "../../shared/integration/request/classifyResponse.ts";
import { renderRequest } from "../../shared/integration/request/targetRequest.ts";
import { Failure } from "../../shared/platform/failure.ts";
import type { Post, TargetReply, TargetRequest } from "../../shared/target/target.ts";
import type { StreamedEvent } from "../cloud/followEvents.ts";
import { attemptsAtOnceMax, rememberedCharsMax, rememberedMax, waitingMax } from "./limits.ts";

/** One attempt to deliver an event to the local server. */
export interface LocalAttempt {
  /** The number of the event in this session. */
  readonly number: number;
  /** The number of the attempt for this event. */
  readonly attempt: number;
  /** `webhook-id`: the same for each attempt. */
  readonly delivery: string;
  readonly event: StreamedEvent;
  /** Absent if no request can be made of the event. */
  readonly request?: TargetRequest;
  readonly reply?: TargetReply;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly tookMs: number;
  /** When a real webhook would make the next attempt. Absent: it would not. */
  readonly nextSeconds?: number;
}

interface ForwarderDeps {
  readonly post: Post;
  readonly now: () => number;
  /** The firmware version of a device, for templates that use it. */
  readonly versionOf: (device: string) => Promise<string | undefined>;
  /** Called before each attempt's result is known. */
  readonly onResult: (attempt: LocalAttempt) => void;
}

interface Remembered {
  readonly number: number;
  readonly event: StreamedEvent;
  attempts: number;
}

/** What has happened since the start. */
export interface Counts {
  readonly attempts: number;
  readonly delivered: number;
  readonly skipped: number;
}

/** Forwards events to a local server as a webhook does, and repeats them on request. */
export interface Forwarder {
  /** Takes an event. Ignores it if the webhook does not match it. */
  take(event: StreamedEvent): void;
  /**
   * Repeats an event by its number; without a number, the last one. Returns whether it is known.
   */
  repeat(number?: number): boolean;
  counts(): Counts;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/** Bounded in memory: the latest events are remembered, and a backlog is skipped and counted. */
export const startForwarder = (integration: Integration, deps: ForwarderDeps): Forwarder => {
  const remembered = new Map<number, Remembered>();
  const waiting: Remembered[] = [];
  const idlers: (() => void)[] = [];
  let rememberedChars = 0;
  let last = 0;
  let running = 0;
  const counted = { attempts: 0, delivered: 0, skipped: 0 };

  const remember = (one: Remembered): void => {
    remembered.set(one.number, one);
    rememberedChars += one.event.data.length;
    for (const [number, { event }] of remembered) {
      if (remembered.size <= rememberedMax && rememberedChars <= rememberedCharsMax) break;
      if (number === one.number) break;
      remembered.delete(number);
      rememberedChars -= event.data.length;
    }
  };
  const enqueue = (one: Remembered): void => {
    if (waiting.length >= waitingMax) {
      counted.skipped += 1;
      return;
    }
    waiting.push(one);
    next();
  };
  const next = (): void => {
    while (running < attemptsAtOnceMax) {
      const one = waiting.shift();
      if (one === undefined) break;
      running += 1;
      void run(one);
    }
    if (running === 0) for (const resolve of idlers.splice(0)) resolve();
  };
  const run = async (one: Remembered): Promise<void> => {
    one.attempts += 1;
    const attempt = { number: one.number, attempt: one.attempts };
    const result = await attemptOnce(integration, { ...attempt, event: one.event }, deps);
    counted.attempts += 1;
    if (result.verdict === "delivered") counted.delivered += 1;
    deps.onResult(result);
    running -= 1;
    next();
  };
  return {
    take(event) {
      if (matching([integration], { name: event.name, device: event.coreid }).length === 0) return;
      last += 1;
      const one = { number: last, event, attempts: 0 };
      remember(one);
      enqueue(one);
    },
    repeat(number = last) {
      const one = remembered.get(number);
      if (one !== undefined) enqueue(one);
      return one !== undefined;
    },
    counts: () => ({ ...counted }),
    idle: () =>
      running === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => idlers.push(resolve)),
  };
};

interface Given {
  readonly number: number;
  readonly attempt: number;
  readonly event: StreamedEvent;
}

/** Renders, signs and sends one request. Never fails. */
const attemptOnce = async (
  integration: Integration,
  given: Given,
  { post, now, versionOf }: ForwarderDeps,
): Promise<LocalAttempt> => {
  const begun = now();
  const event = asDeviceEvent(given.event);
  const id = deliveryId(event.id, integration.id);
  const about = { ...given, delivery: id };
  let sent: TargetRequest | undefined;
  try {
    const version = await versionOf(event.device);
    const prepared = {
      id,
      event,
      version,
      request: renderRequest(integration, { id, event, version }),
    };
    sent = prepared.request;
    const reply = await kindOf(integration).send(integration, prepared, {
      sendRequest: (request) => {
        sent = request;
        return post(request);
      },
      token: () =>
        Promise.reject(new Failure("webhooks have no token", { code: "invalid_request" })),
      now,
    });
    const { verdict, reason } = classifyResponse(integration, reply);
    const next = nextOf(verdict, given.attempt);
    return { ...about, request: sent, reply, verdict, reason, tookMs: now() - begun, ...next };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const verdict = sent === undefined ? "unsendable" : classifyFailure(error);
    const next = nextOf(verdict, given.attempt);
    return {
      ...about,
      ...(sent !== undefined && { request: sent }),
      verdict,
      reason: error.message,
      tookMs: now() - begun,
      ...next,
    };
  }
};

/** When a real webhook tries again: shared/delivery/schedule.ts. */
const nextOf = (verdict: Verdict, attempt: number): { nextSeconds?: number } => {
  const nextSeconds = deliveryWaitsSeconds[attempt - 1];
  const isRetried = verdict === "failed" || verdict === "overloaded";
  return isRetried && nextSeconds !== undefined ? { nextSeconds } : {};
};

/** A stream has no id of the event: a repeat of the same event has the same one here. */
const asDeviceEvent = (event: StreamedEvent): DeviceEvent => {
  const { name, data, coreid, published_at: at } = event;
  const publishedAt = Date.parse(at);
  return {
    id: shortHash([coreid, name, at, data].join("/")),
    fleet: "listen",
    device: coreid,
    name,
    data: Buffer.from(data).toString("base64"),
    publishedAt: Number.isNaN(publishedAt) ? 0 : publishedAt,
  };
};
