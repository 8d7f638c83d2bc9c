import type { Epochs } from "#shared/presence/session.ts";

export interface MemoryEpochs extends Epochs {
  /** It is lost with the sessions. */
  lose(): void;
}

/** The epoch of a region's sessions, in memory. */
export const memoryEpochs = (): MemoryEpochs => {
  let begun: number | undefined;
  return {
    find: async () => begun,
    begin: async (now) => (begun ??= now),
    lose() {
      begun = undefined;
    },
  };
};
