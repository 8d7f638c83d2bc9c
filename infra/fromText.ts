/** A setting that is JSON on the command line (`--context`). Text that is no JSON stays text. */
export const fromText = (given: unknown): unknown => {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
};
