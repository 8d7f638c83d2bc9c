import type { SelfTest, SelfTests } from "#shared/paging/selfTest.ts";

/** Self-tests in memory. */
export const memorySelfTests = (): SelfTests => {
  const tests = new Map<string, SelfTest>();
  return {
    latest: async (region) => tests.get(region),
    begin: async (test) => void tests.set(test.region, test),
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
