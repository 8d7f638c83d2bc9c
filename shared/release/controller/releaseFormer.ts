import type { FirmwareVersions } from "../../firmware/firmwareVersion.ts";
import { automatic } from "../model/fact.ts";
import type { Release } from "../model/release.ts";
import type { Releases } from "../releases.ts";

interface Deps {
  readonly versions: Pick<FirmwareVersions, "find">;
  readonly releases: Pick<Releases, "find" | "add">;
  readonly region: string;
  readonly now: () => number;
}

/**
 * Releases the former version of a release to its devices, and returns the id of that release. It
 * has one id: after a crash, and in another region, it is the same release. Fails if the version
 * has been deleted.
 */
export const releaseFormer = async (
  release: Release,
  devices: readonly string[],
  { versions, releases, region, now }: Deps,
): Promise<string> => {
  const { product, rollbackVersion: version = 0 } = release;
  const id = `${release.id}-back`;
  if ((await releases.find({ product, id })) !== undefined) return id;
  const firmware = await versions.find(product, version);
  if (firmware === undefined) throw new Error(`the firmware version ${version} does not exist`);
  await releases.add({
    ...{ id, product, fleet: release.fleet, kind: "rollback", version },
    image: { sha256: firmware.sha256, size: firmware.size },
    to: { devices },
    waves: [{ percent: 100, soakMs: 0 }],
    failures: release.failures,
    returnMs: release.returnMs,
    ...{ forced: true, immediate: true, rollback: "none", rollsBack: release.id },
    ...{ createdBy: automatic, createdAt: now(), region },
  });
  return id;
};
