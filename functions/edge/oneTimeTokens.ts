import type { OneTimeTokens } from "#shared/account/token/oneTimeToken.ts";
import { dynamoOneTimeTokens } from "#shared/aws/account/oneTimeTokens.ts";
import type { Tables } from "#shared/aws/call/tables.ts";
import { crossRegionRetry, openTables } from "#shared/aws/platform/clients.ts";
import type { GlobalNames } from "./globals.ts";

/** Opens the one-time tokens of all regions. */
export const openOneTimeTokens = (
  globals: Tables,
  {
    ACCOUNTS_TABLE: table,
    AWS_REGION: region,
    REGIONS: regions,
  }: GlobalNames & { readonly ACCOUNTS_TABLE: string },
): OneTimeTokens => {
  const opened = new Map<string, Tables>();
  const tablesIn = (other: string): Tables => {
    const tables = opened.get(other) ?? openTables(crossRegionRetry, other);
    opened.set(other, tables);
    return tables;
  };
  return dynamoOneTimeTokens(globals, { table, region, regions, tablesIn });
};
