import { type Incident, isOpen } from "../incident.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Markup, markup } from "./html.ts";
import { changedAt } from "./statuspageApi.ts";
import { timeText } from "./time.ts";
import { incidentPath, updateNames } from "./words.ts";

/** The number of incidents and maintenances in a feed. */
const entriesMax = 50;

/** The history as an Atom feed: RFC 4287. */
export const atomFeed = (snapshot: Snapshot): string => {
  const { title, url } = snapshot;
  const entries = listed(snapshot).map(
    (incident) => markup`
  <entry>
    <id>${linkOf(snapshot, incident)}</id>
    <published>${new Date(incident.startedAt).toISOString()}</published>
    <updated>${new Date(incident.updatedAt).toISOString()}</updated>
    <link rel="alternate" type="text/html" href="${linkOf(snapshot, incident)}"/>
    <title>${incident.name}</title>
    <content type="html">${updatesOf(incident).text}</content>
  </entry>`,
  );
  return document(markup`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>${url}/</id>
  <title>${title} - Incident history</title>
  <updated>${new Date(changedAt(snapshot)).toISOString()}</updated>
  <author><name>${title}</name></author>
  <link rel="alternate" type="text/html" href="${url}/"/>
  <link rel="self" type="application/atom+xml" href="${url}/history.atom"/>${entries}
</feed>`);
};

/** The history as an RSS feed: RSS 2.0. */
export const rssFeed = (snapshot: Snapshot): string => {
  const { title, url } = snapshot;
  const items = listed(snapshot).map(
    (incident) => markup`
    <item>
      <title>${incident.name}</title>
      <description>${updatesOf(incident).text}</description>
      <pubDate>${new Date(incident.startedAt).toUTCString()}</pubDate>
      <link>${linkOf(snapshot, incident)}</link>
      <guid isPermaLink="true">${linkOf(snapshot, incident)}</guid>
    </item>`,
  );
  return document(markup`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>${title} - Incident history</title>
    <link>${url}/</link>
    <atom:link href="${url}/history.rss" rel="self" type="application/rss+xml"/>
    <description>Status of ${title}</description>
    <lastBuildDate>${new Date(changedAt(snapshot)).toUTCString()}</lastBuildDate>${items}
  </channel>
</rss>`);
};

const document = (root: Markup): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root.text}\n`;

const listed = ({ incidents }: Snapshot): Incident[] => incidents.slice(0, entriesMax);

const linkOf = ({ url }: Snapshot, incident: Incident): string =>
  `${url}/${incidentPath(incident)}`;

/** The updates, newest first, as HTML. The feed escapes it again. */
const updatesOf = (incident: Incident): Markup =>
  markup`${plan(incident)}${incident.updates
    .toReversed()
    .map(
      ({ at, status, body }) =>
        markup`<p><small>${timeText(at)}</small><br><strong>${updateNames[status]}</strong> - ${body}</p>`,
    )}`;

const plan = (incident: Incident): Markup | undefined => {
  const { scheduledFor, scheduledUntil } = incident;
  if (scheduledFor === undefined || scheduledUntil === undefined || !isOpen(incident)) {
    return undefined;
  }
  return markup`<p>Scheduled for ${timeText(scheduledFor)} to ${timeText(scheduledUntil)}</p>`;
};
