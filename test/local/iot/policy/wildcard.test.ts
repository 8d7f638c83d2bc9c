import fc from "fast-check";
import { expect, it } from "vitest";
import { pieces, piecesMatcher } from "../../../../local/iot/policy/wildcard.ts";

const matches = (pattern: string, text: string) => piecesMatcher(pieces(pattern))(text);

/** A reference implementation of `*` and `?`. */
const plain = (pattern: string[], text: string[]): boolean => {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "*") return plain(rest, text) || (text.length > 0 && plain(pattern, text.slice(1)));
  return text.length > 0 && (first === "?" || first === text[0]) && plain(rest, text.slice(1));
};

it("agrees with a reference implementation of * and ?", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "/", ".", "*", "?"), maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom("a", "/", ".", "b"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      expect(matches(p, t)).toBe(plain([...p], [...t]));
    }),
    { numRuns: 2_000 },
  );
});

it("treats every other character literally", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      fc.pre(!/[*?]/.test(a));
      expect(matches(a, a)).toBe(true);
      expect(matches(a, b)).toBe(a === b);
    }),
  );
});

it("treats a character outside the basic plane as one", () => {
  expect(matches("?", "🐦")).toBe(true);
});

it("lets a wildcard match a line break", () => {
  expect(matches("a*b?", "a\n\nb\n")).toBe(true);
});
