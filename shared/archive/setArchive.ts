import type { ArchiveSetting } from "../event/archived.ts";
import { integrationsFreshMs } from "../integration/model/limits.ts";
import type { ArchiveSettings } from "./archiveStore.ts";

/** Switches a fleet's archive on or off. When it answers, every worker of the region goes by it. */
export const setArchive = async (
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
