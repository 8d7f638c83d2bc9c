import { createHash } from "node:crypto";
import type { Incident } from "../incident.ts";
import { overallStatus, placeStatuses, type Snapshot } from "../snapshot.ts";
import { badge } from "./badge.ts";
import { drillsPage } from "./drillsPage.ts";
import { atomFeed, rssFeed } from "./feeds.ts";
import { historyPages } from "./historyPage.ts";
import { incidentPage } from "./incidentPage.ts";
import { indexPage } from "./indexPage.ts";
import { statuspageFiles } from "./statuspageApi.ts";
import { incidentPath, overallNames, placeName } from "./words.ts";

/** A file of the site, before it is rendered. */
export interface StatusFile {
  /** From the root of the site, without a slash at its beginning. */
  readonly path: string;
  readonly type: string;
  /** Changes whenever the contents change. */
  readonly version: string;
  /** Renders the contents. */
  readonly render: () => string;
}

const html = "text/html; charset=utf-8";

/**
 * The files of the site, in the order in which they are written. Each is complete in itself, and
 * comes after the files that it links to: a reader never follows a link to a missing page. The
 * first page is the last one. A page of an incident is rendered only if it is written.
 */
export const statusFiles = (snapshot: Snapshot): StatusFile[] => [
  ...snapshot.incidents.flatMap((incident) => incidentFiles(snapshot, incident)),
  ...[
    ...historyPages(snapshot).map((page) => ({ ...page, type: html })),
    { path: "drills.html", type: html, body: drillsPage(snapshot) },
    ...badges(snapshot),
    { path: "history.atom", type: "application/atom+xml; charset=utf-8", body: atomFeed(snapshot) },
    { path: "history.rss", type: "application/rss+xml; charset=utf-8", body: rssFeed(snapshot) },
    ...apiFiles(snapshot),
    { path: "index.html", type: html, body: indexPage(snapshot) },
  ].map(({ path, type, body }) => ({ path, type, version: hashOf(body), render: () => body })),
];

const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** The page of an incident. The address of a merged one shows the one that continues it. */
const incidentFiles = (snapshot: Snapshot, incident: Incident): StatusFile[] => {
  const { title, supportUrl, regions } = snapshot;
  const version = hashOf(JSON.stringify([incident, title, supportUrl, regions]));
  const render = () => incidentPage(snapshot, incident);
  return [incident.id, ...incident.merged].map((id) => ({
    path: incidentPath({ id }),
    type: html,
    version,
    render,
  }));
};

interface Rendered {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

const badges = (snapshot: Snapshot): Rendered[] => {
  const overall = overallStatus(snapshot);
  const type = "image/svg+xml";
  return [
    ...placeStatuses(snapshot).map((place) => ({
      path: `badges/${place.component}-${place.region}.svg`,
      type,
      body: badge(placeName(place, snapshot.regions), place.status),
    })),
    {
      path: "badges/status.svg",
      type,
      body: badge(snapshot.title, overall, overallNames[overall]),
    },
  ];
};

/** `summary.json` is the last one: it contains what the others list. */
const apiFiles = (snapshot: Snapshot): Rendered[] =>
  Object.entries(statuspageFiles(snapshot))
    .reverse()
    .map(([path, value]) => ({
      path: `api/v2/${path}`,
      type: "application/json; charset=utf-8",
      body: JSON.stringify(value),
    }));
