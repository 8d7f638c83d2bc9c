/** Longer texts have no pattern: it would be too large. */
const patternCharsMax = 200;
/** Shorter texts are matched in their own case only: they occur by chance in others. */
const caseFreeCharsMin = 8;

/**
 * Whether a text may contain another one in a form that `escapedPattern` matches. Creating a
 * pattern takes milliseconds, and most texts need none.
 */
export const mayBeEscapedIn = (text: string, searched: string): boolean =>
  /[%&\\]/.test(text) || text.toLowerCase().includes(searched.toLowerCase());

/**
 * A pattern that matches a text in any mix of letter cases and of the escapes of URLs, forms, JSON,
 * JavaScript and HTML for each character, also if it was escaped up to three times. `undefined` for
 * a text that is too long. Every repetition in the pattern is limited, so that a hostile text
 * cannot make a search slow.
 */
export const escapedPattern = (text: string): RegExp | undefined => {
  if (text.length > patternCharsMax) return undefined;
  const isCaseFree = text.length >= caseFreeCharsMin;
  const parts = [...text.toWellFormed()].map((character) =>
    formsOf(character, isCaseFree).join("|"),
  );
  return new RegExp(parts.map((forms) => `(?:${forms})`).join(""), "g");
};

const names: ReadonlyMap<string, string> = new Map([
  ["&", "amp"],
  ["<", "lt"],
  [">", "gt"],
  ['"', "quot"],
  ["'", "apos"],
  ["\n", "NewLine"],
  ["\t", "Tab"],
]);

/** Escapes of JSON that are a letter. */
const letters: ReadonlyMap<string, string> = new Map([
  ["\n", "n"],
  ["\r", "r"],
  ["\t", "t"],
  ["\b", "b"],
  ["\f", "f"],
]);

const backslash = "\\";

/** The forms of a character, as patterns. The character itself is the last one. */
const formsOf = (character: string, isCaseFree: boolean): string[] => {
  const code = character.codePointAt(0) ?? 0;
  // Each escape of JSON around another one doubles the backslashes. A backslash before a backslash
  // is not an escape here: several of them could be divided in too many ways.
  const slashes = character === backslash ? "\\\\" : "\\\\{1,8}";
  const [first = 0, second] = character.split("").map((unit) => unit.charCodeAt(0));
  const rest = second === undefined ? "" : `${slashes}u${hex(second, 4)}`;
  const escapes = [
    `u${hex(first, 4)}${rest}`,
    ...(code < 256 ? [`x${hex(code, 2)}`] : []),
    ...("\"/'".includes(character) ? [literal(character)] : []),
    letters.get(character) ?? [],
  ].flat();
  const entities = [`#0{0,4}${code}`, `#[xX]0{0,4}${hex(code, 1)}`, names.get(character) ?? []];
  return [
    [...Buffer.from(character)].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join(""),
    `${slashes}(?:${escapes.join("|")})`,
    `&(?:amp;){0,2}(?:${entities.flat().join("|")});`,
    ...(character === " " ? ["\\+"] : []),
    isCaseFree ? eitherCase(character) : literal(character),
  ];
};

/** A number in hexadecimal, in either case. */
const hex = (number: number, digits: number): string =>
  number
    .toString(16)
    .padStart(digits, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

const eitherCase = (character: string): string => {
  const cases = [character, character.toLowerCase(), character.toUpperCase()];
  return [...new Set(cases)].map(literal).join("|");
};
