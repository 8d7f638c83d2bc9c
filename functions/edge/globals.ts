import { dynamoAuditLog } from "#shared/aws/audit/auditLog.ts";
import { openGlobalRecords, openGlobalTables } from "#shared/aws/platform/globalTables.ts";
import { logger } from "./logger.ts";

/** The variables that name the regions of a cloud. */
export interface GlobalNames {
  readonly AWS_REGION: string;
  readonly REGIONS: readonly string[];
}

const onError = (what: string, error: unknown): void => logger.warn(what, { error });

/**
 * Opens the global tables, with failover to another region's replicas while this region's are
 * unavailable.
 */
export const openGlobals = ({ AWS_REGION: region, REGIONS: regions }: GlobalNames) =>
  openGlobalTables({ region, regions }, onError);

/** Opens the table of dead letters. Its failover includes writes. */
export const openDeadLetters = ({ AWS_REGION: region, REGIONS: regions }: GlobalNames) =>
  openGlobalRecords({ region, regions }, onError);

/** Opens the audit log. Its failover includes writes. */
export const openAuditLog = (
  { AWS_REGION: region, REGIONS: regions }: GlobalNames,
  table: string,
) => dynamoAuditLog(openGlobalRecords({ region, regions }, onError), table);
