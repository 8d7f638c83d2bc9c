/**
 * Splits a text into tokens. `pattern` is sticky and skips white space; the end of the text may be
 * white space. Fails with `invalid(rest)` where no token begins.
 */
export const scanTokens = <Token>(
  text: string,
  pattern: RegExp,
  {
    tokenOf,
    invalid,
  }: {
    tokenOf(match: RegExpExecArray): Token;
    invalid(rest: string): Error;
  },
): Token[] => {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw invalid(text.slice(at));
    tokens.push(tokenOf(match));
  }
  return tokens;
};
