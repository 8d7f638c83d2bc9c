import { wholeNumber } from "../input/wholeNumber.ts";

const daySeconds = 86_400;

/** How long a token holds, in seconds, in digits or as a number; 0 for ever. Nothing else counts as 0. */
export const lifetime = wholeNumber(0, 3_650 * daySeconds);
