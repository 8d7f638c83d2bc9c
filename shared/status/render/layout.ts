import { createHash } from "node:crypto";
import type { PageSettings } from "../snapshot.ts";
import { type Markup, markup, trusted } from "./html.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

interface Layout {
  readonly settings: Pick<PageSettings, "title" | "supportUrl">;
  /** The title of the page, before that of the site. */
  readonly heading: string;
  /** The path to the root of the site: empty, or `../`. */
  readonly root: "" | "../";
  readonly main: Markup;
  /** When the page was rendered, for the page that distrusts itself. It then has the script. */
  readonly rendered?: number;
  /** Where the form of the page is sent to. */
  readonly formUrl?: string | undefined;
}

const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only the page's own style and script run, and nothing is loaded from another server. */
const policies = {
  withScript: `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; connect-src 'self'; img-src 'self' data:; base-uri 'none'`,
  withoutScript: `default-src 'none'; style-src ${hashOf(style)}; img-src 'self' data:; base-uri 'none'`,
};

/** An icon that is not loaded, so that no browser asks for one. */
const icon = "data:,";

/** A page of the site: complete in one file. */
export const layout = ({ settings, heading, root, main, rendered, formUrl }: Layout): string => {
  const { title, supportUrl } = settings;
  const sources = rendered === undefined ? policies.withoutScript : policies.withScript;
  const target = formUrl === undefined ? "'none'" : new URL(formUrl).origin;
  const policy = `${sources}; form-action ${target}`;
  return markup`<!doctype html>
<html lang="en"${rendered !== undefined && markup` data-rendered="${rendered}"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${heading} - ${title}</title>
<link rel="icon" href="${icon}">
<link rel="alternate" type="application/atom+xml" title="${title}" href="${root}history.atom">
<link rel="alternate" type="application/rss+xml" title="${title}" href="${root}history.rss">
<style>${trusted(style)}</style>
</head>
<body>
<header><h1>${title}</h1>
<nav aria-label="Pages"><ul><li><a href="${root}index.html">Status</a></li><li><a href="${root}history.html">History</a></li><li><a href="${root}drills.html">Drills</a></li></ul></nav></header>
<main>${main}</main>
<footer><ul class="plain"><li><a href="${root}history.atom">Atom</a> · <a href="${root}history.rss">RSS</a> · <a href="${root}api/v2/summary.json">JSON</a></li></ul>
${supportUrl !== undefined && markup`<p><a href="${supportUrl}">Support</a></p>`}</footer>
${rendered !== undefined && markup`<script>${trusted(script)}</script>`}
</body>
</html>
`.text;
};
