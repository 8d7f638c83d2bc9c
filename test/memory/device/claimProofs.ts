import type { ClaimCode, ClaimProofs } from "#shared/device/fleet/claimProofs.ts";

/** Claim codes in memory. */
export const memoryClaimProofs = (): ClaimProofs => {
  const codes = new Map<string, readonly ClaimCode[]>();
  const said = new Map<string, string>();
  return {
    codes: async (fleet) => codes.get(fleet) ?? [],
    async keepCodes(fleet, kept) {
      codes.set(fleet, kept);
    },
    async say(device, hash) {
      said.set(device, hash);
    },
    said: async (device) => said.get(device),
  };
};
