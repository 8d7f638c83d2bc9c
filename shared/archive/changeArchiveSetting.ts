import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { integrationsFreshMs } from "../integration/model/limits.ts";
import type { ArchiveSettings } from "./ports.ts";

/** Switches a fleet's archive on or off. When it answers, every worker of the region goes by it. */
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
