/** Rows that are written into a live table in a second, unless the command says otherwise. */
export const rowsPerSecondDefault = 500;
/** DynamoDB lets a table that is paid by request take 4,000 small writes a second at once; its users need some. */
export const rowsPerSecondMax = 2_000;
/** Rows that are compared in a second: each is read twice. */
export const comparedPerSecond = 2_000;
/** A page of rows, which are compared together: the most that one BatchGetItem takes. */
export const pageRows = 100;
/** Rows that are written at once. */
export const putsAtOnce = 25;
/** DynamoDB leaves a part of a BatchGetItem for later when it is too large or too much. */
export const readsOfPageMax = 20;
export const readAgainMs = 200;
/** Keys of missing rows that are shown. */
export const examplesMax = 5;
/** How often it is said how far it is. */
export const tellEveryMs = 10_000;

/** How often it is asked whether a copy is ready, and for how long. */
export const askCopyMs = 15_000;
export const copyHoursMax = 12;
