import { signal } from "@preact/signals";
import { type EventFrame, frameReader } from "../../client/eventFrames.ts";
import { ApiError, textOf } from "../api/apiError.ts";
import { errorOf, sendRequest } from "../api/request.ts";
import type { LiveEvent } from "./liveEvent.ts";
import { type Connection, openConnection, untilVisible } from "./streamConnection.ts";

export type StreamState =
  | { readonly kind: "connecting" }
  /** `gap`: why events before the latest ones are missing. */
  | { readonly kind: "live"; readonly gap?: string }
  | { readonly kind: "waiting"; readonly problem: string }
  | { readonly kind: "refused"; readonly problem: string };

const firstRetryMs = 1_000;
const retryMsMax = 30_000;

let eventsSeen = 0;

/**
 * Follows an event stream until `close`, and resumes it by `Last-Event-ID` after every end, so that
 * no event is missing that the API still has.
 */
export const followStream = (path: string, onEvents: (events: readonly LiveEvent[]) => void) => {
  const state = signal<StreamState>({ kind: "connecting" });
  const closing = new AbortController();
  void follow(path, { state, onEvents, signal: closing.signal });
  return { state, close: () => closing.abort() };
};

interface Following {
  readonly state: { value: StreamState };
  readonly signal: AbortSignal;
  onEvents(events: readonly LiveEvent[]): void;
}

const follow = async (path: string, following: Following): Promise<void> => {
  const { state, signal } = following;
  const position: { lastId?: string } = {};
  let waitMs = firstRetryMs;
  while (!signal.aborted) {
    await untilVisible(signal);
    const connection = openConnection(signal);
    try {
      const headers: Record<string, string> =
        position.lastId === undefined ? {} : { "Last-Event-ID": position.lastId };
      const response = await sendRequest({ method: "GET", path, headers }, connection.signal);
      if (!response.ok) throw await errorOf(response);
      state.value = { kind: "live" };
      waitMs = firstRetryMs;
      await readEvents(response, { position, following, connection });
    } catch (error) {
      if (signal.aborted) return;
      const isFinal = error instanceof ApiError && isRefusal(error);
      if (connection.signal.aborted) state.value = { kind: "connecting" };
      else state.value = { kind: isFinal ? "refused" : "waiting", problem: textOf(error) };
      if (isFinal) return;
      const after = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
      waitMs = Math.max(after, Math.min(retryMsMax, waitMs * 2));
    } finally {
      connection.close();
    }
    await waited(waitMs, signal);
  }
};

/** The request is wrong, so that a repeat has the same result. */
const isRefusal = ({ status }: ApiError): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;

interface Reading {
  readonly position: { lastId?: string };
  readonly following: Following;
  readonly connection: Connection;
}

const readEvents = async (
  response: Response,
  { position, following: { state, onEvents }, connection }: Reading,
): Promise<void> => {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const frames: EventFrame[] = [];
  const push = frameReader((frame) => frames.push(frame));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    connection.heard();
    push(value);
    const read = frames.splice(0);
    const gap = read.map(gapOf).findLast((each) => each !== undefined);
    if (gap !== undefined) state.value = { kind: "live", gap };
    const events = read.flatMap(toLiveEvent);
    if (events.length > 0) onEvents(events);
    // After the events: a crash between the two repeats events and loses none.
    const lastId = read.findLast(({ id }) => id !== undefined)?.id;
    if (lastId !== undefined) position.lastId = lastId;
  }
};

const gapPrefix = "gap:";

/** Why events are missing at a frame. */
const gapOf = ({ comment, isTooLarge }: EventFrame): string | undefined => {
  if (isTooLarge) return "an event is too large";
  return comment?.startsWith(gapPrefix) ? comment.slice(gapPrefix.length).trim() : undefined;
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const toLiveEvent = ({ event: name = "message", data }: EventFrame): LiveEvent[] => {
  if (data === undefined) return [];
  try {
    const body: unknown = JSON.parse(data);
    if (typeof body !== "object" || body === null) return [];
    const fields: Record<string, unknown> = { ...body };
    eventsSeen += 1;
    return [
      {
        number: eventsSeen,
        name,
        data: text(fields.data),
        device: text(fields.coreid),
        publishedAt: text(fields.published_at),
      },
    ];
  } catch {
    return [];
  }
};

const waited = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
