import { escapeHtml } from "../../platform/escapeHtml.ts";

/** Markup whose values are escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | undefined | false | readonly Value[];

/**
 * Markup from a template: every value is escaped for texts and quoted attributes of HTML and XML,
 * except other markup. Lists are joined; `undefined` and `false` are empty.
 */
export const markup = (texts: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(String.raw({ raw: texts }, ...values.map(toText)));

/** Markup that this program has rendered elsewhere. Never for the text of a person or a device. */
export const trusted = (text: string): Markup => new Markup(text);

/** Escapes a text for texts and quoted attributes. */
export const escapeText = (text: string): string => escapeHtml(validText(text));

/** Replaces characters that no text of a page may have. */
export const validText = (text: string): string => text.toWellFormed().replace(invalid, "\uFFFD");

const toText = (value: Value): string => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toText).join("");
  if (value === undefined || value === false) return "";
  return escapeText(String(value));
};

/**
 * Characters that XML does not allow, and those that change the direction of the text after them.
 * https://www.w3.org/TR/xml/#charsets
 */
const invalid = /(?![\t\n\r])\p{Cc}|[\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;
