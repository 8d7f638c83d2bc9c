import type { LiveEvent } from "#shared/event/watchEvents.ts";

/** What Particle says is the life of an event; nothing goes by it. */
const ttl = 60;

/**
 * One server-sent event. Text beyond ASCII is escaped in the JSON: a common client breaks a character whose
 * bytes come in two pieces. A line break in a name cannot end the line.
 */
export const eventFrame = ({ name, device, text, publishedAt }: LiveEvent): string => {
  const data = JSON.stringify({
    data: text,
    ttl,
    published_at: new Date(publishedAt).toISOString(),
    coreid: device,
  });
  return `event: ${name.replace(/[\r\n]/g, " ")}\ndata: ${ascii(data)}\n\n`;
};

const ascii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
