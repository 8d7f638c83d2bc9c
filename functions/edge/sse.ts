import type { Writable } from "node:stream";
import { streamBacklogBytesMax, streamHeartbeatMs, streamSettleMs } from "#shared/limits.ts";

/** What a server-sent event stream is fed with, and when it is over. */
export interface Feed {
  /** Whole frames only. What is written before the first line is out waits behind it. */
  write(frame: string): void;
  end(): void;
}

/**
 * Serves server-sent events until the feed ends, the client goes, does not read, or `lifeMs` is over.
 * `start` begins to feed and answers how to stop. Each frame is one write; `:ok` comes first and alone.
 */
export const serveEvents = async (
  out: Writable,
  lifeMs: number,
  start: (feed: Feed) => Promise<{ close(): Promise<void> }>,
): Promise<void> => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let waiting: string[] | undefined = [];
  const send = (frame: string): void => {
    // What a client does not read stays in our memory: such a client is cut, and what waits for it is dropped.
    if (out.writableLength > streamBacklogBytesMax) out.destroy();
    else out.write(frame);
  };
  out.on("close", end);
  out.on("error", () => end());
  const source = await start({
    write: (frame) => (waiting ? waiting.push(frame) : send(frame)),
    end: () => end(),
  });
  const flush = (): void => {
    for (const frame of waiting ?? []) send(frame);
    waiting = undefined;
  };
  const life = setTimeout(end, lifeMs);
  const heart = setInterval(send, streamHeartbeatMs, ":\n\n");
  send(":ok\n\n");
  const settled = setTimeout(flush, streamSettleMs);
  await over;
  clearTimeout(life);
  clearInterval(heart);
  clearTimeout(settled);
  flush();
  await source.close();
  out.end();
};
