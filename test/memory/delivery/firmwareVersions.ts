import type { FirmwareVersionCache } from "#shared/integration/request/firmwareVersionCache.ts";

/** Reported firmware versions, by device. */
export const memoryFirmwareVersions = (
  versions: Readonly<Record<string, string>> = {},
): FirmwareVersionCache => ({
  of: async ({ device }) => versions[device],
});
