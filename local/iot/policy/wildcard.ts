/** A part of a policy's text: a literal, `*` (any characters or none) or `?` (one character). */
export type Piece = { readonly literal: string } | { readonly wildcard: "*" | "?" };

/** Splits a policy's text into literals and wildcards. */
export const pieces = (text: string): Piece[] =>
  text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part) => (part === "*" || part === "?" ? { wildcard: part } : { literal: part }));

/** Returns a function that matches a complete text, case-sensitively. */
export const piecesMatcher = (pattern: readonly Piece[]): ((text: string) => boolean) => {
  const source = pattern.map((piece) => {
    if ("literal" in piece) return piece.literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    return piece.wildcard === "*" ? ".*" : ".";
  });
  // `s`: a wildcard matches any character. `u`: `?` is one character, not half a surrogate pair.
  const full = new RegExp(`^${source.join("")}$`, "su");
  return (text) => full.test(text);
};
