const quotedCharsMax = 100;

/** Quotes a text in an error message. A long text is truncated. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text);
