import type { FirmwareVersion, FirmwareVersions } from "#shared/firmware/firmwareVersion.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Firmware versions in memory. */
export const memoryFirmwareVersions = (): FirmwareVersions => {
  const rows = new Map<string, FirmwareVersion>();
  const keyOf = ({ product, version }: Pick<FirmwareVersion, "product" | "version">) =>
    `${product} ${version}`;
  const requireRevision = (version: Pick<FirmwareVersion, "product" | "version" | "revision">) => {
    if (rows.get(keyOf(version))?.revision === version.revision) return;
    throw new Failure("it was changed", { code: "conflict" });
  };
  return {
    find: async (product, version) => rows.get(keyOf({ product, version })),
    list: async (product) =>
      [...rows.values()]
        .filter((row) => row.product === product)
        .toSorted((one, other) => other.version - one.version),
    async add(version) {
      if (rows.has(keyOf(version))) throw new Failure("exists", { code: "already_exists" });
      rows.set(keyOf(version), version);
    },
    async replace(version) {
      requireRevision(version);
      const after = { ...version, revision: version.revision + 1 };
      rows.set(keyOf(version), after);
      return after;
    },
    async remove(version) {
      requireRevision(version);
      rows.delete(keyOf(version));
    },
  };
};
