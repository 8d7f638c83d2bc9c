/** The only date format in use: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Parses `Retry-After` (seconds or an HTTP date) to a time in milliseconds since 1970, at most
 * `msMax` ahead. Returns `undefined` if the header is absent, malformed or in the past.
 */
export const parseRetryAfter = (
  header: string | undefined,
  { now, msMax }: { readonly now: number; readonly msMax: number },
): number | undefined => {
  const text = header?.trim() ?? "";
  const at = /^\d{1,15}$/.test(text) ? now + Number(text) * 1_000 : dateMs(text);
  if (at === undefined || at <= now) return undefined;
  return Math.min(at, now + msMax);
};

const dateMs = (text: string): number | undefined => {
  const ms = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};
