/** Stops of everything that runs, in the order of the starts. */
const running = new Set<() => Promise<void>>();

/**
 * Registers the stop of a process, server or folder, so that an interrupted benchmark stops it as
 * well. Returns a stop that runs once.
 */
export const stopLater = (stop: () => Promise<void>): (() => Promise<void>) => {
  let stopped: Promise<void> | undefined;
  const once = (): Promise<void> => {
    stopped ??= stop().finally(() => running.delete(once));
    return stopped;
  };
  running.add(once);
  return once;
};

/** Stops everything that still runs, the newest first. Errors are ignored. */
export const stopAll = async (): Promise<void> => {
  for (const stop of [...running].reverse()) await stop().catch(() => {});
};
