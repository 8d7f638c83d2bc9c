import type {
  ClaimCertificate,
  ClaimCertificates,
} from "#shared/device/provision/claimCertificates.ts";

/** Claim certificates in memory. */
export const memoryClaimCertificates = (): ClaimCertificates => {
  const known = new Map<string, ClaimCertificate>();
  const used = new Map<string, number>();
  return {
    async put(certificate) {
      known.set(certificate.id, certificate);
    },
    find: async (id) => known.get(id),
    list: async (product, max) =>
      [...known.values()].filter((one) => one.product === product).slice(0, max),
    async count(id, minute) {
      const key = `${id} ${minute}`;
      const count = (used.get(key) ?? 0) + 1;
      used.set(key, count);
      return count;
    },
  };
};
