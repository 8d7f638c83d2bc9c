import type { Day, Uptime } from "../componentHistory.ts";
import { type Markup, markup } from "./html.ts";
import { dayText, durationText } from "./time.ts";
import { statusNames } from "./words.ts";

const dayWidth = 5;
const height = 24;

/**
 * The bar of a component: one stroke for each day, colored by the worst status of that day. The
 * days with interruptions follow as a table, and are described in the bar if `isDescribed`.
 */
export const uptimeBar = (
  uptime: Uptime,
  { isDescribed }: { readonly isDescribed: boolean },
): Markup => {
  const { days } = uptime;
  const first = days.findIndex(({ minutes }) => minutes > 0);
  const width = days.length * dayWidth;
  const covered = first === -1 ? days.length : first;
  const line = (kind: string, from: number, to: number): Markup | undefined =>
    from < to
      ? markup`<path class="${kind}" d="M${from * dayWidth} ${height / 2}H${to * dayWidth}"/>`
      : undefined;
  const affected = days.flatMap((day, i) =>
    day.worst === "operational"
      ? []
      : markup`<rect class="${day.worst}" x="${i * dayWidth}" width="${dayWidth - 1}" height="${height}">${isDescribed && markup`<title>${describe(day)}</title>`}</rect>`,
  );
  return markup`<svg class="bar" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${summaryOf(uptime)}">${line("none", 0, covered)}${line("operational", covered, days.length)}${affected}</svg>
<div class="ends soft"><span>${days.length} days ago</span><span>${summaryOf(uptime)}</span><span>today</span></div>${table(days)}`;
};

/** `99.98 % uptime, 12 minutes down`. Never rounded up to 100 %. */
const summaryOf = ({ ratio, downMinutes }: Uptime): string => {
  const percent = downMinutes === 0 ? "100" : (Math.floor(ratio * 10_000) / 100).toFixed(2);
  const down = downMinutes === 0 ? "" : `, ${durationText(downMinutes * 60_000)} down`;
  return `${percent} % uptime${down}`;
};

const describe = (day: Day): string => {
  const parts = [
    [day.downMinutes, "down"],
    [day.degradedMinutes, "degraded"],
    [day.maintenanceMinutes, "in maintenance"],
  ] as const;
  const texts = parts.flatMap(([minutes, what]) =>
    minutes > 0 ? [`${durationText(minutes * 60_000)} ${what}`] : [],
  );
  return `${dayText(day.start)}: ${texts.join(", ") || statusNames[day.worst]}`;
};

const table = (days: readonly Day[]): Markup | undefined => {
  const affected = days.filter(({ worst }) => worst !== "operational").reverse();
  if (affected.length === 0) return undefined;
  const rows = affected.map(
    (day) =>
      markup`<tr><th scope="row">${dayText(day.start)}</th><td>${minutes(day.downMinutes)}</td><td>${minutes(day.degradedMinutes)}</td></tr>`,
  );
  return markup`<details><summary class="soft">${affected.length} ${affected.length === 1 ? "day" : "days"} with interruptions</summary>
<table><thead><tr><th scope="col">Day (UTC)</th><th scope="col">Minutes down</th><th scope="col">Minutes degraded</th></tr></thead><tbody>${rows}</tbody></table></details>`;
};

/** Rounded up: a short outage is not nothing. */
const minutes = (value: number): number => Math.ceil(value);
