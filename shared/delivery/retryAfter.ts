import { retryAfterSecondsMax } from "./limits.ts";

/** Nobody but a server of long ago writes another form: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Until when a target asks to be left alone by `Retry-After`, seconds or a date, in milliseconds since 1970:
 * `retryAfterSecondsMax` ahead at most. `undefined` when it does not, or says something else.
 */
export const retryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? "";
  const at = /^\d{1,15}$/.test(text) ? now + Number(text) * 1_000 : dateMs(text);
  if (at === undefined || at <= now) return undefined;
  return Math.min(at, now + retryAfterSecondsMax * 1_000);
};

const dateMs = (text: string): number | undefined => {
  const ms = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};
