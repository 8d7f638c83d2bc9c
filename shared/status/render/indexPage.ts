import { componentNames, components } from "../../alarm/component.ts";
import { type PlaceStatus, type Uptime, uptimeOf } from "../componentHistory.ts";
import { type Incident, isOpen } from "../incident.ts";
import {
  medianDelayMs,
  openIncidents,
  openMaintenances,
  overallStatus,
  placeStatuses,
  type Snapshot,
} from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { incidentSummary } from "./incidentPage.ts";
import { layout } from "./layout.ts";
import { staleMs } from "./script.ts";
import { signOf } from "./sign.ts";
import { durationText, timeTag } from "./time.ts";
import { uptimeBar } from "./uptimeBar.ts";
import { overallNames, placeName, statusNames } from "./words.ts";

const staleMinutes = staleMs / 60_000;
/** The time for which an incident stays on the first page after its end. */
const recentMs = 14 * 86_400_000;

/** The first page: the status of everything now. */
export const indexPage = (snapshot: Snapshot): string =>
  layout({
    settings: snapshot,
    heading: overallNames[overallStatus(snapshot)],
    root: "",
    rendered: snapshot.now,
    formUrl: snapshot.subscribeUrl,
    main: markup`<p id="stale" class="problem" role="alert" hidden>This page is more than ${staleMinutes} minutes old. Do not trust it: the status may have changed. The clock of your device may also be wrong.</p>
${overall(snapshot)}${problems(snapshot)}${current(snapshot)}
<h2>Components</h2>${sections(snapshot)}
${recent(snapshot)}${subscribe(snapshot)}${about(snapshot)}`,
  });

const overall = (snapshot: Snapshot): Markup => {
  const status = overallStatus(snapshot);
  return markup`<section class="overall b-${status}" aria-labelledby="overall"><h2 id="overall" class="${status}">${signOf(status)} ${overallNames[status]}</h2>
<p>As of ${timeTag(snapshot.now)}. <span id="age"></span></p>
<p class="soft">This page is renewed every minute. If that time is more than ${staleMinutes} minutes ago, do not trust the page.</p></section>`;
};

const problems = ({ problems }: Snapshot): Markup[] =>
  problems.map((problem) => markup`<p class="problem">${problem}</p>`);

const current = (snapshot: Snapshot): Markup => {
  const { regions } = snapshot;
  const lists = [
    ["Open incidents", openIncidents(snapshot)],
    ["Scheduled maintenance", openMaintenances(snapshot)],
  ] as const;
  return markup`${lists.map(
    ([heading, list]) => list.length > 0 && markup`<h2>${heading}</h2>${summaries(list, regions)}`,
  )}`;
};

/** The number of incidents in a list of the first page, and of those with their updates. */
const summariesMax = 20;
const withUpdatesMax = 5;

const summaries = (list: readonly Incident[], regions: readonly string[]): Markup =>
  markup`${list
    .slice(0, summariesMax)
    .map((incident, i) => incidentSummary(incident, { regions, hasUpdates: i < withUpdatesMax }))}${
    list.length > summariesMax &&
    markup`<p><a href="history.html">${list.length - summariesMax} more in the history</a></p>`
  }`;

/** Days that are described at their place in the bars. Further ones are only in the tables. */
const describedDaysMax = 300;

interface Row {
  readonly place: PlaceStatus;
  readonly uptime: Uptime;
}

const sections = (snapshot: Snapshot): Markup[] => {
  const rows = placeStatuses(snapshot).map((place) => ({
    place,
    uptime: uptimeOf(place, snapshot.incidents, snapshot),
  }));
  const affected = rows.flatMap(({ uptime }) =>
    uptime.days.filter(({ worst }) => worst !== "operational"),
  );
  const isDescribed = affected.length <= describedDaysMax;
  return components.map((component) => {
    const own = rows.filter(({ place }) => place.component === component);
    return componentSection(componentNames[component], own, { snapshot, isDescribed });
  });
};

const componentSection = (
  name: string,
  rows: readonly Row[],
  { snapshot, isDescribed }: { snapshot: Snapshot; isDescribed: boolean },
): Markup => {
  const isSingle = snapshot.regions.length === 1;
  const lines = rows.map(({ place: { status, region }, uptime }) => {
    return markup`<div class="place"><div class="row">${isSingle ? markup`<h3>${name}</h3>` : markup`<h4>${region}</h4>`}<span class="status ${status}">${signOf(status)} ${statusNames[status]}</span></div>
${uptimeBar(uptime, { isDescribed })}</div>`;
  });
  return markup`<section aria-label="${name}">${!isSingle && markup`<h3>${name}</h3>`}${lines}</section>`;
};

const recent = ({ incidents, now, regions }: Snapshot): Markup => {
  const ended = incidents.filter(
    (incident) => !isOpen(incident) && now - (incident.resolvedAt ?? now) <= recentMs,
  );
  return markup`<h2>Last ${recentMs / 86_400_000} days</h2>${
    ended.length === 0 ? markup`<p>No incidents.</p>` : summaries(ended, regions)
  }`;
};

/** Sends an address to the API: the only request to the product, by the reader's choice. */
const subscribe = ({ subscribeUrl }: Snapshot): Markup | undefined =>
  subscribeUrl === undefined
    ? undefined
    : markup`<h2>Subscribe</h2><form method="post" action="${subscribeUrl}">
<p><label for="email">E-mail address</label> <input id="email" name="email" type="email" autocomplete="email" required> <button>Subscribe</button></p>
<details><summary>Only for some components</summary><ul class="plain">${components.map((component) => markup`<li><label><input type="checkbox" name="components[]" value="${component}"> ${componentNames[component]}</label></li>`)}</ul></details></form>`;

const about = (snapshot: Snapshot): Markup => {
  const delay = medianDelayMs(snapshot);
  return markup`<h2>About this page</h2>
<p>Alarms set the status of each component without a person. ${
    delay === undefined
      ? "No incident has been detected yet."
      : markup`Median time from the start of an alarm to this page: <strong>${durationText(delay)}</strong>.`
  } Uptime counts partial and major outages as down.</p>
${
  snapshot.otherUrls.length > 0 &&
  markup`<p>The same page from another region: ${snapshot.otherUrls.map((url) => markup`<a href="${url}">${url}</a> `)}</p>`
}
<p><a href="badges/status.svg">Badges</a>: <code>badges/status.svg</code>, and one for each component, for example <code>badges/${components[0]}-${snapshot.regions[0]}.svg</code>${placeHint(snapshot)}.</p>`;
};

const placeHint = ({ regions }: Snapshot): string => {
  const [component] = components;
  const [region] = regions;
  return component === undefined || region === undefined
    ? ""
    : ` (${placeName({ component, region }, regions)})`;
};
