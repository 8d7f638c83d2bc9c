import type { LiveEvent } from "#shared/stream/liveEvent.ts";
import { eventTtlSeconds } from "#shared/template/limits.ts";

/**
 * One server-sent event. Text beyond ASCII is escaped in the JSON: a common client breaks a character whose
 * bytes come in two pieces. A line break in a name cannot end the line.
 */
export const eventFrame = ({ name, device, text, publishedAt }: LiveEvent, id?: string): string => {
  const data = JSON.stringify({
    data: text,
    ttl: eventTtlSeconds,
    published_at: new Date(publishedAt).toISOString(),
    coreid: device,
  });
  // The id comes last: Particle's client wants `event` before `data`, and reads no id.
  const last = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name.replace(/[\r\n]/g, " ")}\ndata: ${ascii(data)}\n${last}\n`;
};

/** Where the client is, without an event. */
export const idFrame = (id: string): string => `id: ${id}\n\n`;

const ascii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
