import type { System } from "./system.ts";

/** Maxima of a system's usage. */
export interface UsagePeak {
  readonly memoryMaxBytes: number;
  readonly threadsMax: number;
}

const sampleMs = 200;

/** Samples the usage of a system until stopped. Ignores the time in which it does not run. */
export const sampleUsage = (
  system: Pick<System, "usage">,
): { peak(): UsagePeak; stop(): UsagePeak } => {
  let memoryMaxBytes = 0;
  let threadsMax = 0;
  const sample = (): void => {
    system.usage().then(
      (usage) => {
        memoryMaxBytes = Math.max(memoryMaxBytes, usage.memoryBytes);
        threadsMax = Math.max(threadsMax, usage.threads);
      },
      () => {},
    );
  };
  sample();
  const timer = setInterval(sample, sampleMs);
  const peak = (): UsagePeak => ({ memoryMaxBytes, threadsMax });
  return {
    peak,
    stop() {
      clearInterval(timer);
      return peak();
    },
  };
};
