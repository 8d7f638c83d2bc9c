/** A piece of a policy's text: itself, `*` (anything, also nothing) or `?` (one character). */
export type Piece = { readonly literal: string } | { readonly wildcard: "*" | "?" };

/** Splits a policy's text into what stands for itself and what is a wildcard. */
export const pieces = (text: string): Piece[] =>
  text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part) => (part === "*" || part === "?" ? { wildcard: part } : { literal: part }));

/** What matches the pieces: the whole of a text, with regard to case. */
export const piecesMatcher = (pattern: readonly Piece[]): ((text: string) => boolean) => {
  const source = pattern.map((piece) => {
    if ("literal" in piece) return piece.literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    return piece.wildcard === "*" ? ".*" : ".";
  });
  // `s`: a wildcard matches any character. `u`: `?` is one character, not half a surrogate pair.
  const whole = new RegExp(`^${source.join("")}$`, "su");
  return (text) => whole.test(text);
};
