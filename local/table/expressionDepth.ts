import { parentheses, parenthesesMax } from "./limits.ts";

/**
 * Whether an expression in a request exceeds the nesting of parentheses that the emulator's parser
 * can handle: each level doubles its time. Only members with the name of an expression count,
 * whatever text the items contain.
 */
export const exceedsParserDepth = (body: Buffer): boolean => {
  const text = body.toString("latin1");
  if (!parentheses.test(text)) return false;
  return hasNested(JSON.parse(body.toString()));
};

const hasNested = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) =>
    typeof member === "string" && /Expression$/.test(name)
      ? depthOf(member) > parenthesesMax
      : hasNested(member),
  );
};

const depthOf = (expression: string): number => {
  let [depth, deepest] = [0, 0];
  for (const character of expression) {
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
};
