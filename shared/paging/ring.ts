/** The region whose alarms and heartbeats the watcher of a region reads: the one before it. */
export const watchedRegion = (region: string, regions: readonly string[]): string => {
  const at = regions.indexOf(region);
  return at === -1 ? region : (regions.at(at - 1) ?? region);
};

/** The region whose watcher watches a region: the one after it. */
export const watchingRegion = (region: string, regions: readonly string[]): string => {
  const at = regions.indexOf(region);
  return at === -1 ? region : (regions[(at + 1) % regions.length] ?? region);
};
