import { createHash } from "node:crypto";
import { cursorEventsMax } from "./limits.ts";

/** That an event was shown: what tells it from others, and when the cloud had it. */
export interface Sighting {
  readonly hash: string;
  readonly at: number;
}

/**
 * A client's place in a stream: it has seen every event that its stream had before `at` (milliseconds since
 * 1970), and those that are named.
 */
export interface Cursor {
  readonly at: number;
  readonly seen: readonly Sighting[];
}

const hashChars = 6;
const hashed = new RegExp(`^([\\w-]{${hashChars}})(-?[0-9a-z]{1,9})$`);

/** What tells an event from those around it. Live events have no id. */
export const eventHash = (topic: string, data: string): string =>
  createHash("sha256").update(`${topic}\n${data}`).digest("base64url").slice(0, hashChars);

/** A cursor as a server-sent event's `id`. */
export const writeCursor = ({ at, seen }: Cursor): string =>
  [at.toString(36), ...seen.map((one) => `${one.hash}${(one.at - at).toString(36)}`)].join(".");

/** Reads what `writeCursor` wrote. `undefined` for anything else: it comes from a client. */
export const readCursor = (text: string): Cursor | undefined => {
  const [first = "", ...rest] = text.split(".");
  if (!/^[0-9a-z]{1,9}$/.test(first) || rest.length > cursorEventsMax) return undefined;
  const at = Number.parseInt(first, 36);
  const seen = rest.flatMap((part): Sighting[] => {
    const [, hash, later] = hashed.exec(part) ?? [];
    if (hash === undefined || later === undefined) return [];
    return [{ hash, at: at + Number.parseInt(later, 36) }];
  });
  return seen.length === rest.length ? { at, seen } : undefined;
};
