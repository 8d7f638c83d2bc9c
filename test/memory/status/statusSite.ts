import {
  type SiteFile,
  type SiteState,
  type StatusSite,
  siteState,
} from "#shared/status/statusSite.ts";

export interface MemoryStatusSite extends StatusSite {
  /** The files by path, in the order in which they were written last. */
  readonly files: Map<string, SiteFile>;
}

/** The status page of a region in memory. */
export const memoryStatusSite = (): MemoryStatusSite => {
  const files = new Map<string, SiteFile>();
  let state: string | undefined;
  return {
    files,
    async readState(): Promise<SiteState | undefined> {
      return state === undefined ? undefined : siteState.parse(JSON.parse(state));
    },
    async putState(next) {
      state = JSON.stringify(next);
    },
    async putFile(file) {
      files.delete(file.path);
      files.set(file.path, file);
    },
  };
};
