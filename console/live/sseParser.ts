/** A server-sent event. */
export interface SentEvent {
  readonly name: string;
  readonly data: string;
}

export interface Parsed {
  readonly events: readonly SentEvent[];
  /** The id of the last frame that has one: the position to resume from. */
  readonly lastId: string | undefined;
  /** The delay before a reconnection, in ms. */
  readonly retryMs: number | undefined;
  /** Why events are missing, as a comment of the API says. */
  readonly gap: string | undefined;
}

/** Longest frame that is kept; a longer one is dropped. */
const frameCharsMax = 1_000_000;

/** Reads server-sent events from pieces of text, which may end anywhere. */
export const sseParser = (): ((piece: string) => Parsed) => {
  let rest = "";
  return (piece) => {
    rest += piece;
    const frames = rest.split(/\r?\n\r?\n/);
    rest = frames.pop() ?? "";
    if (rest.length > frameCharsMax) rest = "";
    const read = frames.map(readFrame);
    return {
      events: read.flatMap(({ event }) => event ?? []),
      lastId: read.findLast(({ id }) => id !== undefined)?.id,
      retryMs: read.findLast(({ retryMs }) => retryMs !== undefined)?.retryMs,
      gap: read.findLast(({ gap }) => gap !== undefined)?.gap,
    };
  };
};

interface Frame {
  readonly event?: SentEvent;
  readonly id?: string;
  readonly retryMs?: number;
  readonly gap?: string;
}

const gapPrefix = ": gap: ";

const readFrame = (frame: string): Frame => {
  const fields = new Map<string, string>();
  for (const line of frame.split(/\r?\n/)) {
    const [, name, value] = /^([^:]+): ?(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const before = fields.get(name);
    fields.set(name, name === "data" && before !== undefined ? `${before}\n${value}` : value);
  }
  // By lines: the name of an event may have other line separators of Unicode.
  const gapLine = frame.split(/\r?\n/).find((line) => line.startsWith(gapPrefix));
  const gap = gapLine?.slice(gapPrefix.length);
  const data = fields.get("data");
  const id = fields.get("id");
  const retry = Number(fields.get("retry") ?? Number.NaN);
  return {
    ...(data !== undefined && { event: { name: fields.get("event") ?? "message", data } }),
    ...(id !== undefined && { id }),
    ...(Number.isFinite(retry) && { retryMs: retry }),
    ...(gap !== undefined && { gap }),
  };
};
