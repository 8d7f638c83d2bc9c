import type { Writable } from "node:stream";
import {
  streamFirstEventDelayMs,
  streamHeartbeatMs,
  streamRetryMs,
} from "#shared/stream/limits.ts";
import { streamBacklogBytesMax } from "#shared/stream/resume/limits.ts";

/** What a server-sent event stream is fed with, and when it is over. */
export interface Feed {
  /** Whole frames only. What is written before the first line is out waits behind it. */
  write(frame: string): void;
  /** Resolves when the client has read most of what was written, or is gone. */
  room(): Promise<void>;
  end(): void;
}

/** What feeds a stream. */
interface Source {
  /** What to say when there is nothing to say; a bare comment without. */
  beat?(): string | undefined;
  close(): Promise<void>;
}

/** A comment, in a frame of its own: clients pass over it. */
export const commentFrame = (text: string): string => `:${text}\n\n`;

/**
 * Serves server-sent events until the feed ends, the client goes, does not read, or `lifeMs` is over.
 * `start` begins to feed and answers how to stop. Each frame is one write; `:ok` comes first and alone. A
 * client that reads is told when to come back, and when it is time to.
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
    // What a client does not read stays in our memory: such a client is cut, and what waits for it is dropped.
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
  await source.close();
  if (!out.destroyed) send(commentFrame("over, come back"));
  out.end();
};

const drained = async (out: Writable): Promise<void> => {
  if (out.writableNeedDrain) await new Promise((resolve) => out.once("drain", resolve));
};
