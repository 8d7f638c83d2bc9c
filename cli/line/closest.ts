import { closestName } from "../../shared/input/closestName.ts";
import { visible } from "../../shared/platform/visibleText.ts";

/** A suggestion for a misspelled name as a sentence, with a space before it; empty if none fits. */
export const didYouMean = (given: string, known: Iterable<string>): string => {
  const close = closestName(given.slice(0, 100), known);
  return close === undefined ? "" : ` Did you mean ${visible(close)}?`;
};
