import type { LiveEvent, StreamedEvent } from "#shared/stream/liveEvent.ts";
import { eventTtlSeconds } from "#shared/template/limits.ts";

/**
 * A server-sent event. Non-ASCII text is escaped in the JSON, because a common client cannot decode
 * a character that is split between two chunks. Line breaks in names are escaped.
 */
export const eventFrame = ({ name, device, text, publishedAt }: LiveEvent, id?: string): string => {
  const streamed: StreamedEvent = {
    data: text,
    ttl: eventTtlSeconds,
    published_at: new Date(publishedAt).toISOString(),
    coreid: device,
  };
  // The id is last: Particle's client requires `event` before `data`, and ignores the id.
  const last = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name.replace(/[\r\n]/g, " ")}\ndata: ${ascii(JSON.stringify(streamed))}\n${last}\n`;
};

/** The client's cursor, without an event. */
export const idFrame = (id: string): string => `id: ${id}\n\n`;

const ascii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
