import * as z from "zod/mini";
import { clockAheadMsMax } from "../platform/limits.ts";
import { parseJson } from "../platform/parseJson.ts";

/** When the cloud received an event, in milliseconds since 1970, and what tells the event from others (`eventHash`). */
const stamp = z.object({ hash: z.string(), at: z.int() });

export type Stamp = z.output<typeof stamp>;

const message = z.object({ stamps: z.array(stamp) });

/** The payload of a message on `stamps/{fleet}`. */
export const writeStamps = (stamps: readonly Stamp[]): Uint8Array =>
  Buffer.from(JSON.stringify({ stamps }));

/** Reads what `writeStamps` wrote; nothing from any other payload. */
export const readStamps = (payload: Uint8Array): readonly Stamp[] => {
  const { data } = z.safeParse(message, parseJson(Buffer.from(payload).toString()));
  return data?.stamps ?? [];
};

/**
 * Whether the time of an event depends on when the cloud received it: it says no time (`said`), or one that may be too
 * far ahead to be believed. `slackMs` is how much `receivedAt` may be off.
 */
export const needsStamp = (
  said: number | undefined,
  { receivedAt, slackMs }: { receivedAt: number; slackMs: number },
): boolean => said === undefined || said > receivedAt + clockAheadMsMax - slackMs;
