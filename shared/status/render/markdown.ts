import MarkdownIt from "markdown-it";
import { type Markup, trusted, validText } from "./html.ts";

/**
 * HTML in the text is shown as text, links have no other protocol than those of documents, and
 * images are left out: a page loads nothing from other servers. Rendering takes less than a second
 * for any text of `postmortemLengthMax`.
 */
const renderer = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable(
  "image",
);

/** The page has headings of levels 1 and 2. */
const headingShift = 2;
const headingMax = 6;

renderer.core.ruler.push("headings", ({ tokens }) => {
  for (const token of tokens) {
    if (token.type !== "heading_open" && token.type !== "heading_close") continue;
    const level = Number(token.tag.slice(1)) + headingShift;
    token.tag = `h${Math.min(level, headingMax)}`;
  }
});

/** The links of a postmortem give no rank and no access to the page. */
renderer.core.ruler.push("links", ({ tokens }) => {
  for (const { children } of tokens) {
    for (const token of children ?? []) {
      if (token.type === "link_open") token.attrSet("rel", "nofollow noopener noreferrer");
    }
  }
});

/** Renders untrusted Markdown (CommonMark with tables) as safe HTML. */
export const renderMarkdown = (text: string): Markup =>
  trusted(validText(renderer.render(text.toWellFormed())));
