import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { integrationsFreshMs } from "../integration/model/limits.ts";
import type { ArchiveSettings } from "./ports.ts";

/**
 * Enables or disables a fleet's archive. Resolves when every worker of the region applies the
 * change.
 */
export const changeArchiveSetting = async (
  fleet: string,
  setting: ArchiveSetting,
  {
    archiveSettings,
    wait,
  }: { archiveSettings: Pick<ArchiveSettings, "put">; wait: (ms: number) => Promise<void> },
): Promise<void> => {
  await archiveSettings.put(fleet, setting);
  await wait(integrationsFreshMs);
};
