import { deviceLinks } from "#shared/aws/device/deviceLinks.ts";
import { logger } from "./logger.ts";

interface Names {
  readonly AWS_REGION: string;
  readonly REGIONS: readonly string[];
  readonly REPLIES_TABLE: string;
}

/** Connections to devices in every region, and the log of non-fatal errors. */
export const openLinks = ({ AWS_REGION, REGIONS, REPLIES_TABLE }: Names) => ({
  links: deviceLinks({ region: AWS_REGION, regions: REGIONS }, REPLIES_TABLE),
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
});
