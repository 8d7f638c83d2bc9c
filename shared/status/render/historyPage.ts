import type { Incident } from "../incident.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { incidentSummary } from "./incidentPage.ts";
import { layout } from "./layout.ts";
import { monthText } from "./time.ts";

/** Incidents and maintenances on one page, which keeps its size small. */
const listedMax = 100;

/** A page of the history. */
interface HistoryPage {
  readonly path: string;
  readonly body: string;
}

/**
 * The pages of all incidents and maintenances that are kept, by month. The first one has the newest
 * ones; it comes last, after those that it leads to.
 */
export const historyPages = (snapshot: Snapshot): HistoryPage[] => {
  const { incidents } = snapshot;
  const count = Math.max(1, Math.ceil(incidents.length / listedMax));
  return Array.from({ length: count }, (_, i) => ({
    path: pathOf(i),
    body: pageOf(snapshot, i, count),
  })).reverse();
};

const pathOf = (page: number): string => (page === 0 ? "history.html" : `history-${page + 1}.html`);

const pageOf = (snapshot: Snapshot, page: number, count: number): string => {
  const listed = snapshot.incidents.slice(page * listedMax, (page + 1) * listedMax);
  const months = Map.groupBy(listed, ({ startedAt }) => monthText(startedAt));
  const { regions } = snapshot;
  return layout({
    settings: snapshot,
    heading: page === 0 ? "History" : `History, page ${page + 1}`,
    root: "",
    main: markup`<h2>History</h2>${
      months.size === 0 ? markup`<p>No incidents.</p>` : [...months].map(monthSection(regions))
    }${count > 1 && pageLinks(page, count)}`,
  });
};

const pageLinks = (page: number, count: number): Markup =>
  markup`<nav aria-label="Pages of the history"><ul>${page > 0 && markup`<li><a href="${pathOf(page - 1)}" rel="prev">Newer</a></li>`}<li>Page ${page + 1} of ${count}</li>${page + 1 < count && markup`<li><a href="${pathOf(page + 1)}" rel="next">Older</a></li>`}</ul></nav>`;

const monthSection =
  (regions: readonly string[]) =>
  ([month, incidents]: readonly [string, readonly Incident[]]): Markup =>
    markup`<section aria-label="${month}"><h2>${month}</h2>${incidents.map((incident) =>
      incidentSummary(incident, { regions, hasUpdates: false }),
    )}</section>`;
