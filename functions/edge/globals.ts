import { openGlobalDeadLetters, openGlobalTables } from "#shared/aws/platform/globalTables.ts";
import { logger } from "./logger.ts";

interface Names {
  readonly AWS_REGION: string;
  readonly REGIONS: readonly string[];
}

const onError = (what: string, error: unknown): void => logger.warn(what, { error });

/** The way to the global tables, and to another region's copies while this region's do not answer. */
export const openGlobals = ({ AWS_REGION: region, REGIONS: regions }: Names) =>
  openGlobalTables({ region, regions }, onError);

/** The same for dead letters, which are written there, too. */
export const openDeadLetters = ({ AWS_REGION: region, REGIONS: regions }: Names) =>
  openGlobalDeadLetters({ region, regions }, onError);
