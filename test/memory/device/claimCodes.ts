import type { ClaimCode, ClaimCodes } from "#shared/device/fleet/verifyClaim.ts";

/** Claim codes in memory. */
export const memoryClaimCodes = (): ClaimCodes => {
  const codes = new Map<string, readonly ClaimCode[]>();
  const recordedCode = new Map<string, string>();
  return {
    listCodes: async (fleet) => codes.get(fleet) ?? [],
    async putCodes(fleet, kept) {
      codes.set(fleet, kept);
    },
    async recordCode(device, hash) {
      recordedCode.set(device, hash);
    },
    recordedCode: async (device) => recordedCode.get(device),
  };
};
