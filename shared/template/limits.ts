/** The `ttl` of events in templates, for Particle's clients. Not used otherwise. */
export const eventTtlSeconds = 60;
/** Limits of the templates of one request: iterations of sections, and rendered characters. */
export const templateStepsMax = 100_000;
export const renderedCharsMax = 1_048_576;
/** Parsed templates that a worker caches, and the length of the longest one. */
export const cachedTemplatesMax = 500;
export const cachedTemplateCharsMax = 1_024;
