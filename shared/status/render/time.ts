import { type Markup, markup } from "./html.ts";

const pad = (value: number): string => String(value).padStart(2, "0");

/** `2026-03-01 10:07 UTC`, for people in every country. */
export const timeText = (at: number): string => {
  const date = new Date(at);
  return `${dayText(at)} ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())} UTC`;
};

/** `2026-03-01`. */
export const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `March 2026`. */
export const monthText = (at: number): string =>
  new Date(at).toLocaleString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

/** A time in HTML. */
export const timeTag = (at: number): Markup =>
  markup`<time datetime="${new Date(at).toISOString()}">${timeText(at)}</time>`;

/** `45 seconds`, `12 minutes`, `3 hours 5 minutes`, `2 days 1 hour`. */
export const durationText = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return units([hours, "hour"], [minutes % 60, "minute"]);
  return units([Math.floor(hours / 24), "day"], [hours % 24, "hour"]);
};

const unit = (count: number, name: string): string => `${count} ${name}${count === 1 ? "" : "s"}`;

const units = (...parts: [number, string][]): string =>
  parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => unit(count, name))
    .join(" ");
