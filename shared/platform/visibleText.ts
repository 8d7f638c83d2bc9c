/**
 * Characters that a terminal acts on or that change the order, the shape or the place of other
 * text: controls (C0, DEL, C1), line separators, lone surrogates, and invisible characters, among
 * them bidirectional marks and tags. Joiners and variation selectors stay where scripts and emoji
 * need them: after an emoji, a digit of a keycap, a mark, or a letter of a joining script.
 */
const unsafe =
  /(?!(?<=[\p{Emoji}\p{M}\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}])(?:\u200c|\u200d|\ufe0e|\ufe0f))[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const escaped = (char: string): string =>
  named[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;

/** A letter with more marks than this is shown without the others. */
const marksMax = 4;
const manyMarks = new RegExp(`(\\p{M}{${marksMax}})\\p{M}+`, "gu");

/**
 * Text of other people (event data, names, replies) in a form that cannot control a terminal and
 * hides nothing on a screen: on one line, with unsafe characters as escapes such as `\u{1b}`.
 */
export const visible = (text: string): string =>
  printable.test(text) ? text : text.replace(unsafe, escaped).replace(manyMarks, "$1");

/** The usual text of names and ids, for which the search for unsafe characters is skipped. */
const printable = /^[ -~]*$/;

/** The first `charsMax` characters of a text, visible, with a mark if there are more. */
export const excerpt = (text: string, charsMax: number): string => {
  if (text.length <= charsMax) return visible(text);
  return `${visible(text.slice(0, charsMax).toWellFormed())}…`;
};

/** A multiline text: each line visible, with its tabs. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => line.split("\t").map(visible).join("\t"))
    .join("\n");

/**
 * JSON on one line, with unsafe characters as `\uXXXX`: the same value for a program, and harmless
 * for a terminal.
 */
export const jsonLine = (value: unknown): string => escapeJson(JSON.stringify(value) ?? "null");

/** The same on several lines, for a person. */
export const jsonLines = (value: unknown): string =>
  (JSON.stringify(value, null, 2) ?? "null").split("\n").map(escapeJson).join("\n");

/** JSON without line breaks, with unsafe characters as `\uXXXX`. */
export const escapeJson = (json: string): string =>
  json.replace(unsafe, (char) =>
    [...Array(char.length).keys()]
      .map((index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
