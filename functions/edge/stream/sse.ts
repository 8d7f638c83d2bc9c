import type { Writable } from "node:stream";
import {
  streamFirstEventDelayMs,
  streamHeartbeatMs,
  streamRetryMs,
} from "#shared/stream/limits.ts";
import { streamBacklogBytesMax } from "#shared/stream/resume/limits.ts";

/** The writing end of a server-sent event stream. */
export interface Feed {
  /** Writes a complete frame. Frames before the first line are buffered. */
  write(frame: string): void;
  /** Resolves when the client has read most of the written data, or has disconnected. */
  room(): Promise<void>;
  end(): void;
}

/** The source of a stream's events. */
interface Source {
  /** The frame of a heartbeat; an empty comment by default. */
  beat?(): string | undefined;
  /** Returns the last frame, if there is one. */
  close(): Promise<string | undefined>;
}

/** A comment in its own frame, which clients ignore. */
export const commentFrame = (text: string): string => `:${text}\n\n`;

/**
 * Serves server-sent events until the feed ends, the client disconnects or does not read, or
 * `lifeMs` has passed. `start` opens the source of the events. Each frame is one write; `:ok` is
 * the first frame, in its own write. The `retry` field tells a client when to reconnect, and the
 * last comment that the stream is over.
 */
export const serveEvents = async (
  out: Writable,
  lifeMs: number,
  start: (feed: Feed) => Promise<Source>,
): Promise<void> => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  let waiting: string[] | undefined = [`retry: ${streamRetryMs}\n\n`];
  const send = (frame: string): void => {
    // Unread data stays in memory, so a slow client is disconnected and its data is dropped.
    if (out.writableLength > streamBacklogBytesMax) out.destroy();
    else out.write(frame);
  };
  out.on("close", end);
  out.on("error", () => end());
  const source = await start({
    write: (frame) => (waiting ? waiting.push(frame) : send(frame)),
    room: () => Promise.race([settled.then(() => drained(out)), over]),
    end: () => end(),
  });
  const flush = (): void => {
    for (const frame of waiting ?? []) send(frame);
    waiting = undefined;
    settle();
  };
  const life = setTimeout(end, lifeMs);
  const beat = (): void => send(source.beat?.() ?? commentFrame(""));
  const heart = setInterval(beat, streamHeartbeatMs);
  send(commentFrame("ok"));
  const settling = setTimeout(flush, streamFirstEventDelayMs);
  await over;
  clearTimeout(life);
  clearInterval(heart);
  clearTimeout(settling);
  flush();
  const last = await source.close();
  if (last !== undefined && !out.destroyed) send(last);
  if (!out.destroyed) send(commentFrame("end of stream, reconnect"));
  out.end();
};

const drained = async (out: Writable): Promise<void> => {
  if (out.writableNeedDrain) await new Promise((resolve) => out.once("drain", resolve));
};
