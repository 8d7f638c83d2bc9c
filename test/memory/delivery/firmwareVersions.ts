import type { FirmwareVersionCache } from "#shared/integration/request/firmwareVersionCache.ts";

/** The versions that devices said, by device. */
export const memoryFirmwareVersions = (
  versions: Readonly<Record<string, string>> = {},
): FirmwareVersionCache => ({
  of: async ({ device }) => versions[device],
});
