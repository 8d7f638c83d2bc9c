import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { dynamoImageReferences } from "#shared/aws/firmware/imageReferences.ts";
import { s3Images } from "#shared/aws/firmware/images.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { crossRegionRetry, openTables } from "#shared/aws/platform/clients.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import type { FirmwareRemovalDeps } from "#shared/removal/removeFirmware.ts";

interface Names {
  readonly AWS_REGION: string;
  readonly REGIONS: readonly string[];
  readonly FIRMWARE_TABLE: string;
  readonly FIRMWARE_BUCKET_PREFIX: string;
}

/** What the removal of a product needs to remove its firmware. */
export const openFirmwareRemoval = (
  {
    AWS_REGION: region,
    REGIONS: regions,
    FIRMWARE_TABLE: table,
    FIRMWARE_BUCKET_PREFIX: prefix,
  }: Names,
  { globals, onError }: { globals: Tables; onError: (what: string, error: unknown) => void },
): FirmwareRemovalDeps => {
  const elsewhere = regions
    .filter((other) => other !== region)
    .map((other) => openTables(crossRegionRetry, other));
  return {
    versions: dynamoFirmwareVersions(globals, table),
    keyDocuments: dynamoKeyDocuments(globals, table),
    references: dynamoImageReferences({ here: openTables(), elsewhere }, table),
    images: s3Images({ region, regions, prefix }, onError),
    releases: dynamoReleases(globals, table),
    now: Date.now,
    onError,
  };
};
