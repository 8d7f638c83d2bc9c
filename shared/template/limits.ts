/** The life of an event, as Particle's clients are told it; nothing depends on it. */
export const eventTtlSeconds = 60;
/** How many turns of sections, and how much text, the templates of one request may make. */
export const templateStepsMax = 100_000;
export const renderedCharsMax = 1_048_576;
