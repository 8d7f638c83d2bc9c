/** Work in progress that a stop waits for. */
export interface InFlightWork {
  add<Result>(work: Promise<Result>): Promise<Result>;
  /** Resolves when all work has settled or the time is over. */
  ended(waitMs: number): Promise<void>;
}

export const trackInFlight = (): InFlightWork => {
  const works = new Set<Promise<unknown>>();
  return {
    async add(work) {
      works.add(work);
      try {
        return await work;
      } finally {
        works.delete(work);
      }
    },
    async ended(waitMs) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, waitMs);
      await Promise.race([Promise.allSettled(works), late.promise]);
      clearTimeout(timer);
    },
  };
};
