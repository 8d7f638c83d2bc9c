import type { ArchiveSetting } from "../event/archiveSetting.ts";
import { archiveDaysDefault } from "../event/limits.ts";
import { integrationsFreshMs } from "../integration/model/limits.ts";
import {
  type ExpectedVersions,
  requireVersion,
  staleVersion,
  versionOfValues,
} from "../platform/version.ts";
import type { ArchiveSettings } from "./ports.ts";

/** The setting of a fleet that has never changed it. */
export const defaultArchiveSetting: ArchiveSetting = { enabled: false, days: archiveDaysDefault };

export const archiveVersion = ({ enabled, days }: ArchiveSetting): string =>
  versionOfValues([enabled, days]);

interface Deps {
  readonly archiveSettings: ArchiveSettings;
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Enables or disables a fleet's archive. Resolves when every worker of the region applies the
 * change. Fails with `precondition_failed`.
 */
export const changeArchiveSetting = async (
  fleet: string,
  { expected, ...setting }: ArchiveSetting & { expected?: ExpectedVersions },
  { archiveSettings, wait }: Deps,
): Promise<void> => {
  if (expected === undefined) {
    await archiveSettings.put(fleet, setting);
  } else {
    const before = await archiveSettings.find(fleet);
    requireVersion(expected, archiveVersion(before ?? defaultArchiveSetting));
    if (!(await archiveSettings.replace(fleet, setting, before))) throw staleVersion();
  }
  await wait(integrationsFreshMs);
};
