import type { DrillResult } from "../drills/drillResult.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { layout } from "./layout.ts";
import { durationText } from "./time.ts";

/** The page of the outage drills with the measured recovery. */
export const drillsPage = (snapshot: Snapshot): string =>
  layout({
    settings: snapshot,
    heading: "Drills",
    root: "",
    main: markup`<h2>Outage drills</h2>
<p>A drill injects a failure and measures the recovery. The recovery time (RTO) is the time until the service is complete again. The recovery point (RPO) is the number of accepted events that were lost.</p>
${snapshot.drills.length === 0 ? markup`<p>No drill has been recorded.</p>` : table(snapshot.drills)}`,
  });

const headings = [
  "Date",
  "Drill",
  "Where",
  "Result",
  "RTO, measured",
  "RTO, allowed",
  "RPO: events lost",
  "Events accepted",
  "Paged after",
];

const table = (drills: readonly DrillResult[]): Markup => {
  const rows = drills
    .toSorted((one, other) => (one.date < other.date ? 1 : -1))
    .map(
      (result) =>
        markup`<tr><td>${result.date}</td><th scope="row">${result.drill}<br><span class="soft">${result.failure}</span></th><td>${result.place}</td><td class="status ${result.passed ? "operational" : "major_outage"}">${result.passed ? "passed" : "failed"}</td><td>${seconds(result.recoveredSeconds)}</td><td>${seconds(result.allowedSeconds)}</td><td>${result.lost}</td><td>${result.accepted}</td><td>${seconds(result.pagedSeconds)}</td></tr>`,
    );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Results of the drills"><table><thead><tr>${headings.map((text) => markup`<th scope="col">${text}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
};

const seconds = (value: number | undefined): string =>
  value === undefined ? "-" : durationText(value * 1_000);
