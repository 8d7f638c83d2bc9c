import type { SelfTest, SelfTests } from "#shared/paging/selfTest.ts";

/** Self-tests in memory. */
export const memorySelfTests = (): SelfTests => {
  const tests = new Map<string, SelfTest>();
  return {
    latest: async (region) => tests.get(region),
    async begin(test, former) {
      const latest = tests.get(test.region);
      if (latest?.id !== former?.id || latest?.at !== former?.at) return false;
      tests.set(test.region, test);
      return true;
    },
    async acknowledge(region, id, way, at) {
      const test = tests.get(region);
      if (test?.id !== id) return false;
      const acknowledged = { [way]: at, ...test.acknowledged };
      tests.set(region, { ...test, acknowledged });
      return true;
    },
    key: async () => "key",
  };
};
