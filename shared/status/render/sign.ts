import type { ComponentStatus } from "../componentStatus.ts";
import { type Markup, markup } from "./html.ts";

/** Drawn on 16 by 16: a character may be missing in a reader's fonts. */
const shapes: Readonly<Record<ComponentStatus, string>> = {
  operational: "M2 9l4 4 8-10",
  under_maintenance: "M8 1a7 7 0 1 0 .1 0M8 4v4h3",
  degraded_performance: "M2 5l6 7 6-7",
  partial_outage: "M8 1v9M8 12v3",
  major_outage: "M2 2l12 12M14 2L2 14",
};

/** The sign of a status, so that no status depends on its color. Its name follows as text. */
export const signOf = (status: ComponentStatus): Markup =>
  markup`<svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d="${shapes[status]}"/></svg>`;
