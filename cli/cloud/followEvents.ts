import * as z from "zod/mini";
import { type EventFrame, frameReader } from "../../client/eventFrames.ts";
import { parseJson } from "../../shared/platform/parseJson.ts";
import { excerpt } from "../../shared/platform/visibleText.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import type { Cloud } from "./cloud.ts";
import { reconnectMs, streamSilenceMs } from "./limits.ts";

/** An event of a stream. */
export interface StreamedEvent {
  readonly name: string;
  readonly data: string;
  /** The publisher: the id of a device, or `api`. */
  readonly coreid: string;
  /** ISO 8601. */
  readonly published_at: string;
  /** The position after the event. */
  readonly cursor: string | undefined;
}

export interface FollowOptions {
  readonly prefix?: string | undefined;
  readonly device?: string | undefined;
  /** Begin after this position. */
  readonly after?: string | undefined;
  readonly on: (event: StreamedEvent) => void;
  /** Says what happens to the connection. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface FollowDeps {
  readonly cloud: Pick<Cloud, "openEvents" | "api">;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly now: () => number;
}

const body = z.object({
  data: z._default(z.nullable(z.string()), ""),
  coreid: z._default(z.string(), ""),
  published_at: z._default(z.string(), ""),
});

/** The position of a stream, and whether it has ever been open. */
interface Progress {
  cursor: string | undefined;
  isOpened: boolean;
  /** Consecutive attempts without a stream of the usual length. */
  failures: number;
  /** When the current stream was opened, in milliseconds since 1970. */
  openedAt: number | undefined;
  /** A person knows that the connection is lost. */
  isLossSaid: boolean;
}

/** A stream that ends sooner than this is a failure, not the usual end after 75 to 90 s. */
const shortStreamMs = 5_000;

/**
 * Follows the events of a fleet until `signal` is aborted: resumes by the id of the last event,
 * opens the stream again when the cloud ends it (after 75 to 90 s), and waits longer after each
 * failure. Fails when the cloud refuses the stream, for example because the token is not valid.
 */
export const followEvents = async (options: FollowOptions, deps: FollowDeps): Promise<void> => {
  const { say, signal } = options;
  const progress: Progress = {
    cursor: options.after,
    isOpened: false,
    openedAt: undefined,
    failures: 0,
    isLossSaid: false,
  };
  while (!signal.aborted) {
    progress.openedAt = undefined;
    const lost = await readStream(progress, options, deps);
    if (signal.aborted) return;
    const { openedAt } = progress;
    const wasOpen = openedAt !== undefined && deps.now() - openedAt >= shortStreamMs;
    if (wasOpen) progress.failures = 0;
    if (wasOpen && lost === undefined) continue;
    progress.failures += 1;
    const ms = backoff(progress.failures, deps.random());
    if (lost !== undefined) {
      progress.isLossSaid = true;
      say(`${lost} Next attempt in ${Math.max(1, Math.round(ms / 1_000))} s.`);
    }
    await deps.wait(ms, signal).catch(() => {});
  }
};

/** Full jitter between half of a bound and the bound, which doubles. */
const backoff = (failures: number, chance: number): number => {
  const bound = Math.min(reconnectMs.longest, reconnectMs.first * 2 ** (failures - 1));
  return bound * (0.5 + 0.5 * chance);
};

/** Reads one stream to its end. Returns why it was lost; `undefined` if the cloud has ended it. */
const readStream = async (
  progress: Progress,
  { prefix, device, on, say, signal }: FollowOptions,
  { cloud, now }: FollowDeps,
): Promise<string | undefined> => {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), streamSilenceMs);
  };
  try {
    heard();
    const both = AbortSignal.any([signal, silence.signal]);
    const response = await cloud.openEvents(
      { prefix, device },
      { after: progress.cursor, signal: both },
    );
    progress.openedAt = now();
    sayOpen(progress, say);
    const push = frameReader((frame) => takeFrame(frame, progress, { on, say }));
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      heard();
      push(decoder.decode(chunk, { stream: true }));
    }
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (silence.signal.aborted) return `No byte for ${streamSilenceMs / 1_000} s.`;
    if (isRefusal(error, progress)) throw error;
    if (error instanceof CommandError) return error.message;
    return "The connection is lost.";
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
};

/** Whether another attempt makes no sense. The first attempt must reach the cloud. */
const isRefusal = (error: unknown, { isOpened }: Progress): boolean =>
  error instanceof CommandError && (error.exit !== exits.unavailable || !isOpened);

const sayOpen = (progress: Progress, say: (line: string) => void): void => {
  if (progress.isLossSaid) {
    const missed = progress.cursor === undefined ? " Events in between may be missing." : "";
    say(`Connected again.${missed}`);
  }
  progress.isOpened = true;
  progress.isLossSaid = false;
};

const takeFrame = (
  { id, event, data, comment, isTooLarge }: EventFrame,
  progress: Progress,
  { on, say }: Pick<FollowOptions, "on" | "say">,
): void => {
  if (comment?.startsWith("gap:")) {
    say(`Events may be missing here: ${excerpt(comment.slice(4).trim(), 200)}`);
  }
  if (isTooLarge) say("An event is too large and is left out.");
  if (id !== undefined) progress.cursor = id;
  if (data === undefined || event === undefined) return;
  const { success, data: read } = body.safeParse(parseJson(data));
  if (!success) return;
  on({ ...read, name: event, data: read.data ?? "", cursor: progress.cursor });
};
