import type { SecondFactor, SecondFactors } from "#shared/account/mfa/secondFactor.ts";
import { Failure } from "#shared/platform/failure.ts";

/** Second factors in memory. */
export const memorySecondFactors = (): SecondFactors => {
  const rows = new Map<string, SecondFactor>();
  return {
    find: async (fleet) => rows.get(fleet),
    async add(factor) {
      if (rows.has(factor.fleet)) throw new Failure("there is one", { code: "already_exists" });
      rows.set(factor.fleet, factor);
    },
    async replace(factor) {
      if (rows.get(factor.fleet)?.version !== factor.version - 1) return false;
      rows.set(factor.fleet, factor);
      return true;
    },
    remove: async (fleet) => rows.delete(fleet),
  };
};
