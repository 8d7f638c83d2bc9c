import type { CanaryIdentities, CanaryIdentity } from "#shared/canary/identity.ts";

export const memoryCanaryIdentities = (): CanaryIdentities => {
  let stored: CanaryIdentity | undefined;
  return {
    async find() {
      return stored;
    },
    async put(identity) {
      stored = structuredClone(identity);
    },
  };
};
