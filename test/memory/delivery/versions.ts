import type { ProductVersions } from "#shared/integration/request/productVersions.ts";

/** The versions that devices said, by device. */
export const memoryVersions = (
  versions: Readonly<Record<string, string>> = {},
): ProductVersions => ({
  of: async ({ device }) => versions[device],
});
