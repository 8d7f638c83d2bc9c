import { worstStatus } from "../componentStatus.ts";
import { type Incident, type IncidentUpdate, isOpen } from "../incident.ts";
import type { PageSettings } from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { layout } from "./layout.ts";
import { renderMarkdown } from "./markdown.ts";
import { durationText, timeTag } from "./time.ts";
import { incidentPath, placeName, statusNames, updateNames } from "./words.ts";

/** The page of one incident or maintenance, with its postmortem. */
export const incidentPage = (settings: PageSettings, incident: Incident): string =>
  layout({
    settings,
    heading: incident.name,
    root: "../",
    main: markup`<article class="${frameOf(incident)}"><h2>${incident.name}</h2>
${facts(incident, settings.regions)}</article>
<h2>Updates</h2>${updatesOf(incident, settings.regions)}
${report(incident)}`,
  });

/** A short form of an incident for a list; with its latest updates, shortened, if it is open. */
export const incidentSummary = (
  incident: Incident,
  { regions, hasUpdates }: { readonly regions: readonly string[]; readonly hasUpdates: boolean },
): Markup => markup`<article class="${frameOf(incident)}">
<h3><a href="${incidentPath(incident)}">${incident.name}</a></h3>
${facts(incident, regions)}${hasUpdates && isOpen(incident) && latestUpdates(incident, regions)}</article>`;

/** The number of updates of an incident in a list, and their length. Its page has all of them. */
const latestMax = 3;
const excerptCharsMax = 500;

const latestUpdates = (incident: Incident, regions: readonly string[]): Markup => {
  const { updates } = incident;
  const latest = updates.slice(-latestMax);
  const isShort = latest.every(({ body }) => body.length <= excerptCharsMax);
  const excerpts = latest.map((update) => ({ ...update, body: excerptOf(update.body) }));
  return markup`${updatesOf({ updates: excerpts }, regions)}${
    !(isShort && latest.length === updates.length) &&
    markup`<p><a href="${incidentPath(incident)}">${updates.length === 1 ? "The entire update" : `All ${updates.length} updates`}</a></p>`
  }`;
};

const excerptOf = (text: string): string =>
  text.length <= excerptCharsMax ? text : `${text.slice(0, excerptCharsMax).toWellFormed()}…`;

const frameOf = (incident: Incident): string =>
  `b-${worstStatus(incident.affected.map(({ status }) => status))}`;

const facts = (incident: Incident, regions: readonly string[]): Markup => {
  const { status, scheduledFor, scheduledUntil, detectedAt, shownAt, resolvedAt } = incident;
  const affected = incident.affected.map((place) => placeName(place, regions)).join(", ");
  const entries: (readonly [string, Markup | string] | undefined)[] = [
    ["Status", updateNames[status]],
    affected === "" ? undefined : ["Affected", affected],
    scheduledFor === undefined || scheduledUntil === undefined
      ? undefined
      : ["Scheduled", markup`${timeTag(scheduledFor)} to ${timeTag(scheduledUntil)}`],
    detectedAt === undefined ? undefined : ["Detected", timeTag(detectedAt)],
    detectedAt === undefined || shownAt === undefined
      ? undefined
      : ["Shown", markup`${timeTag(shownAt)}, after ${durationText(shownAt - detectedAt)}`],
    resolvedAt === undefined
      ? undefined
      : ["Ended", markup`${timeTag(resolvedAt)}, after ${lengthOf(incident, resolvedAt)}`],
  ];
  return markup`<dl>${entries.map((entry) => entry && markup`<dt>${entry[0]}</dt><dd>${entry[1]}</dd>`)}</dl>`;
};

const lengthOf = ({ startedAt, scheduledFor }: Incident, end: number): string =>
  durationText(end - (scheduledFor ?? startedAt));

const updatesOf = ({ updates }: Pick<Incident, "updates">, regions: readonly string[]): Markup =>
  markup`<ol class="updates">${updates.toReversed().map(
    (
      update,
    ) => markup`<li><p><strong>${updateNames[update.status]}</strong> <span class="soft">${timeTag(update.at)}</span></p>
<p class="words">${update.body}</p>${changesOf(update, regions)}</li>`,
  )}</ol>`;

const changesOf = ({ changes }: IncidentUpdate, regions: readonly string[]): Markup | undefined => {
  const changed = changes.filter(({ from, to }) => from !== to);
  if (changed.length === 0) return undefined;
  const list = changed.map(
    (change) =>
      markup`<li>${placeName(change, regions)}: <span class="${change.to}">${statusNames[change.to]}</span></li>`,
  );
  return markup`<ul class="plain soft">${list}</ul>`;
};

const report = ({ postmortem }: Incident): Markup | undefined =>
  postmortem &&
  markup`<section aria-labelledby="postmortem"><h2 id="postmortem">Postmortem</h2><p class="soft">Published ${timeTag(postmortem.at)}</p>${renderMarkdown(postmortem.body)}</section>`;
