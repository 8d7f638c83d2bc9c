import type { Incident } from "../incident.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { incidentSummary } from "./incidentPage.ts";
import { layout } from "./layout.ts";
import { monthText } from "./time.ts";

/** The page of all incidents and maintenances that are kept, by month. */
export const historyPage = (snapshot: Snapshot): string => {
  const months = Map.groupBy(snapshot.incidents, ({ startedAt }) => monthText(startedAt));
  const { regions } = snapshot;
  return layout({
    settings: snapshot,
    heading: "History",
    root: "",
    main: markup`<h2>History</h2>${
      months.size === 0 ? markup`<p>No incidents.</p>` : [...months].map(monthSection(regions))
    }`,
  });
};

const monthSection =
  (regions: readonly string[]) =>
  ([month, incidents]: readonly [string, readonly Incident[]]): Markup =>
    markup`<section aria-label="${month}"><h2>${month}</h2>${incidents.map((incident) =>
      incidentSummary(incident, { regions }),
    )}</section>`;
