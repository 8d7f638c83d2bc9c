/** The value of a context key of a request. A key that the request does not have is absent. */
export type Context = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Compares a complete text with a pattern, whose variables have the values of a context. */
export type TextMatcher = (text: string, context: Context) => boolean;

/**
 * `${aws:PrincipalArn}`, `${aws:PrincipalArn, 'default'}` and the literals `${*}`, `${?}`, `${$}`.
 */
const variable = /\$\{([^}]*)\}/g;
const literals: ReadonlySet<string> = new Set(["*", "?", "$"]);

/** The context keys of the variables in a pattern. */
export const variablesIn = (pattern: string): string[] =>
  [...pattern.matchAll(variable)]
    .map(([, inside = ""]) => keyOf(inside))
    .filter((key) => !literals.has(key));

/**
 * Returns a function that matches a text with the wildcards `*` (any characters, or none) and `?`
 * (one character). A variable without a value matches nothing, and its value is no wildcard.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export const textMatcher = (pattern: string, { ignoreCase = false } = {}): TextMatcher => {
  const flags = ignoreCase ? "sui" : "su";
  const parts = pattern.split(new RegExp(variable.source));
  if (parts.length === 1) {
    if (!/[*?]/.test(pattern) && !ignoreCase) return (text) => text === pattern;
    const whole = new RegExp(`^${wildcards(pattern)}$`, flags);
    return (text) => whole.test(text);
  }
  return (text, context) => {
    let source = "";
    for (const [i, part] of parts.entries()) {
      const piece = i % 2 === 0 ? wildcards(part) : variableValue(part, context);
      if (piece === undefined) return false;
      source += piece;
    }
    return new RegExp(`^${source}$`, flags).test(text);
  };
};

/** The same without wildcards. */
export const literalMatcher = (pattern: string, { ignoreCase = false } = {}): TextMatcher => {
  const escapedPattern = pattern.replaceAll(/[*?]/g, (wildcard) => `\${${wildcard}}`);
  return textMatcher(pattern.includes("${") ? escapeOutside(pattern) : escapedPattern, {
    ignoreCase,
  });
};

/** Escapes the wildcards outside of variables. */
const escapeOutside = (pattern: string): string =>
  pattern
    .split(/(\$\{[^}]*\})/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[*?]/g, (one) => `\${${one}}`)))
    .join("");

const keyOf = (inside: string): string => inside.split(",")[0]?.trim() ?? "";

const variableValue = (inside: string, context: Context): string | undefined => {
  if (literals.has(inside)) return escaped(inside);
  const value = context[keyOf(inside).toLowerCase()];
  if (typeof value === "string") return escaped(value);
  const [, fallback] = /,\s*'([^']*)'\s*$/.exec(inside) ?? [];
  return fallback === undefined ? undefined : escaped(fallback);
};

const wildcards = (part: string): string =>
  part
    .split(/([*?])/)
    .map((piece) => (piece === "*" ? ".*" : piece === "?" ? "." : escaped(piece)))
    .join("");

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
