import { Logger } from "@aws-lambda-powertools/logger";

/** One line of JSON for what is worth a line: never one for each event that went well. */
export const logger = new Logger();
