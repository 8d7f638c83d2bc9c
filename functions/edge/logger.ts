import { Logger } from "@aws-lambda-powertools/logger";

/** Logs JSON lines. Successful events are not logged. */
export const logger = new Logger();
