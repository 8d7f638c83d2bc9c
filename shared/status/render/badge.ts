import type { ComponentStatus } from "../componentStatus.ts";
import { markup } from "./html.ts";
import { statusNames } from "./words.ts";

/** White text has a contrast of at least 4.5 on each of them. */
const colors: Readonly<Record<ComponentStatus, string>> = {
  operational: "#15803d",
  under_maintenance: "#1d4ed8",
  degraded_performance: "#a16207",
  partial_outage: "#c2410c",
  major_outage: "#b91c1c",
};

const charWidth = 6.6;
const padding = 12;

/** A badge for a README or a dashboard: a name and a status. */
export const badge = (
  name: string,
  status: ComponentStatus,
  words = statusNames[status],
): string => {
  const left = Math.round([...name].length * charWidth) + padding;
  const right = Math.round([...words].length * charWidth) + padding;
  const width = left + right;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" viewBox="0 0 ${width} 20" role="img" aria-label="${name}: ${words}"><title>${name}: ${words}</title><rect width="${width}" height="20" rx="3" fill="#374151"/><path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${right - 3}z" fill="${colors[status]}"/><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="${left / 2}" y="14" textLength="${left - padding}" lengthAdjust="spacingAndGlyphs">${name}</text><text x="${left + right / 2}" y="14" textLength="${right - padding}" lengthAdjust="spacingAndGlyphs">${words}</text></g></svg>
`.text;
};
