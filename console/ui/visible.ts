/** Control characters, and characters that change the direction or the shape of other text. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Tabs, line breaks, and the joiners and selectors that scripts and emoji need. */
const harmless = new Set(["\t", "\n", "\r", "\u200c", "\u200d", "\ufe0e", "\ufe0f"]);

const codeOf = (character: string): string =>
  harmless.has(character)
    ? character
    : `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}}`;

/** Combining marks beyond those that a script needs: they would cover other lines. */
const stackedMarks = /(\p{M}{4})\p{M}+/gu;

/** A visible form of hostile text: invisible characters as their code, marks limited. */
export const visible = (text: string): string =>
  text.replace(invisible, codeOf).replace(stackedMarks, "$1");
