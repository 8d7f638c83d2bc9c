import { type DocumentPath, overlapOf } from "./documentPath.ts";
import type { Placeholders } from "./placeholders.ts";
import { readExpression } from "./reader.ts";

/** Parses a `ProjectionExpression`: paths, separated by commas. */
export const parseProjection = (text: string, placeholders: Placeholders): DocumentPath[] => {
  const reader = readExpression("ProjectionExpression", text, placeholders);
  const paths = [reader.path()];
  while (reader.take(",")) paths.push(reader.path());
  if (reader.peek() !== "") throw reader.syntaxError();
  const overlap = overlapOf(paths);
  if (overlap !== undefined) throw reader.error(overlap);
  return paths;
};
